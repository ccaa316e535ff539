"""What the API answers with, as values that never change. Times are UTC; those of bars are their opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from .errors import Problem


@dataclass(frozen=True, slots=True)
class Series:
    """The newest state of a series."""

    key: str
    """`VENUE:SYMBOL/TF`."""
    venue: str
    symbol: str
    timeframe: str
    version: int
    """The newest version."""
    bars: int
    """How many bars it holds."""
    first: datetime | None
    """When the first bar opens."""
    last: datetime | None
    """When the last bar opens."""
    gaps: int
    """How many bars the series' own calendar expects and does not find."""
    bytes: int
    """How many bytes its bars take in the store."""
    digest: str
    """The digest of its bars; equal bars have equal digests."""
    updated_at: datetime
    """When the newest version was committed."""
    id: str
    """Its identity; a series that is purged and made again has another."""


@dataclass(frozen=True, slots=True)
class Commit:
    """What made a version, and what the series held afterwards."""

    version: int
    kind: str
    """`upsert`, `replace`, `delete` or `revert`."""
    author: str
    """Who made it."""
    reason: str | None
    """Why, in the author's words."""
    import_id: str | None
    """The import that it belongs to."""
    source_name: str | None
    """The name of the file or folder that the bars came from."""
    source_sha256: str | None
    """The SHA-256 of that file."""
    inserted: int
    """How many bars were new."""
    changed: int
    """How many bars got other values."""
    deleted: int
    """How many bars went away."""
    bars: int
    """How many bars the series holds afterwards."""
    digest: str
    """The digest of the series afterwards."""
    committed_at: datetime
    """When it was committed; the times of a series' commits strictly rise."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write."""

    outcome: Literal["committed", "unchanged", "repeated"]
    """Whether it made a version, changed nothing, or had been made before under the same key."""
    version: int
    """The version that it made, now or before; of an unchanged series, the newest."""
    commit: Commit | None = None
    """The commit that it made, now or before."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A run of bars that the series' own calendar expects and does not find."""

    first: datetime
    """When the first missing bar would open."""
    last: datetime
    """When the last missing bar would open."""
    missing: int
    """How many bars are missing."""


@dataclass(frozen=True, slots=True)
class BarValues:
    """The values of a bar, in the currency and unit of the instrument."""

    open: float
    high: float
    low: float
    close: float
    volume: float | None
    """What was traded; `None` where that is not known."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A bar that differs between two versions: new without `before`, gone without `after`."""

    time: datetime
    """When it opens."""
    before: BarValues | None = None
    after: BarValues | None = None


@dataclass(frozen=True, slots=True)
class Diff:
    """What differs between two versions of a series."""

    inserted: int
    """How many bars only the later version has."""
    changed: int
    """How many bars have other values in the later version."""
    deleted: int
    """How many bars only the earlier version has."""
    bars: tuple[Difference, ...]
    """The bars that differ, in the order of time; the first of them, if there are many."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is."""

    stage: str
    done: int
    total: int | None
    """How much there is to do, in the unit of `done`; `None` if that is not known."""


@dataclass(frozen=True, slots=True)
class ImportedSeries:
    """What became of one series of an import."""

    key: str
    before: int
    """Its version before."""
    version: int | None
    """The version that the import made; `None` when every bar was there already."""
    bars: int
    """How many bars were read for it."""
    inserted: int
    """How many were new."""
    changed: int
    """How many got other values."""
    unchanged: int
    """How many were there already, bit for bit."""
    duplicates: int
    """How many identical duplicates were dropped."""


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many rows broke a rule."""

    rule: str
    rows: int


@dataclass(frozen=True, slots=True)
class ImportReport:
    """An import: how far it is, and what it did or would do."""

    id: str
    state: str
    """`waiting`, `checking`, `checked`, `running`, `done`, `failed`, `cancelled` or `undone`."""
    progress: Progress | None = None
    preview: Mapping[str, Any] | None = None
    """What a dry run found: the document as the server sends it."""
    series: tuple[ImportedSeries, ...] = ()
    rejected_rows: int = 0
    """How many rows were turned away."""
    rules: tuple[RuleCount, ...] = ()
    """How many rows each rule turned away."""
    error: Problem | None = None
    """Why it failed."""
