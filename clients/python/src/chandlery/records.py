"""What the API answers with, as values that never change. Times are UTC; those of bars are their opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from .decoding import NAME
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

    from_version: int = field(metadata={NAME: "from"})
    to_version: int = field(metadata={NAME: "to"})
    inserted: int
    """How many bars only the later version has."""
    changed: int
    """How many bars have other values in the later version."""
    deleted: int
    """How many bars only the earlier version has."""
    bars: tuple[Difference, ...] = field(metadata={NAME: "items"})
    """The bars that differ, in the order of time."""
    truncated: bool
    """Whether there are more of them than are listed."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What an import is busy with."""

    stage: str
    """`reading` (in bytes), `comparing` or `writing` (in bars)."""
    done: int
    """How much is done."""
    total: int | None
    """How much there is, where that is known."""
    series: str | None = None
    """The series that is compared or written."""


@dataclass(frozen=True, slots=True)
class ImportSource:
    """A file that was imported."""

    name: str
    sha256: str
    """The SHA-256 of the file as it was sent."""
    bytes: int
    dialect: str
    """The dialect that it was read in."""
    zone: str
    """The zone of its times."""
    rows: int
    """How many rows of data it has."""
    rejected: int
    """How many of them were turned away."""


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
class RejectedRow:
    """A row that was turned away."""

    file: str
    line: int
    """The line, from 1."""
    column: str
    """The column's name in the file; empty when the row as a whole is at fault."""
    rule: str
    """The name of the rule that it broke."""
    message: str
    """What is wrong, for people."""
    text: str
    """The row as it stands in the file."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """An import: how far it is, and what it did or would do."""

    id: str
    state: str
    """`waiting`, `checking`, `checked`, `running`, `done`, `failed`, `cancelled` or `undone`."""
    dry_run: bool = False
    """Whether it was sent as a dry run."""
    started_at: datetime | None = None
    """When it was sent."""
    finished_at: datetime | None = None
    """When it ended."""
    progress: Progress | None = None
    """What it is busy with."""
    preview: Mapping[str, Any] | None = None
    """What a dry run found: the document as the server sends it."""
    sources: tuple[ImportSource, ...] = ()
    """The files."""
    series: tuple[ImportedSeries, ...] = ()
    """What became of each series."""
    rejected_rows: int = 0
    """How many rows were turned away."""
    rules: Mapping[str, int] = field(default_factory=dict)
    """How many rows each rule turned away."""
    rejected: tuple[RejectedRow, ...] = ()
    """The first of the rows that were turned away."""
    error: Problem | None = None
    """Why it failed."""


@dataclass(frozen=True, slots=True)
class UndoneSeries:
    """What became of one series of an import that was taken back."""

    key: str
    outcome: str
    """`reverted`, `nothing_to_undo`, `undone_before`, `kept` (something was committed on top) or `gone`."""
    version: int | None
    """The version that was made, or the newest where the series was kept."""


@dataclass(frozen=True, slots=True)
class UndoneImport:
    """What became of an import that was taken back."""

    id: str
    state: str
    """Its state afterwards: `undone`, if anything of it was."""
    series: tuple[UndoneSeries, ...]


@dataclass(frozen=True, slots=True)
class StrategyVersion:
    """A version of a strategy, without its document. It never changes."""

    name: str
    """What the strategy is called."""
    title: str | None
    """What it is called for people."""
    version: int
    digest: str
    """The SHA-256 of the document's canonical JSON; documents that say the same have the same."""
    author: str
    """Who saved it."""
    note: str | None
    """What the author wrote about it."""
    saved_at: datetime
    """When it was saved."""


@dataclass(frozen=True, slots=True)
class Strategy(StrategyVersion):
    """A version of a strategy, with its document."""

    document: Mapping[str, Any]
    """What was saved."""


@dataclass(frozen=True, slots=True)
class SavedStrategy:
    """What became of a document."""

    outcome: str
    """`saved`, or `unchanged` when the newest version says the same."""
    strategy: Strategy
    """The newest version."""


@dataclass(frozen=True, slots=True)
class CheckedStrategy:
    """What a document that was found right comes to."""

    name: str
    digest: str
    """The SHA-256 of `canonical`."""
    warm_up: int
    """For how many bars at the beginning nothing is traded."""
    columns: tuple[str, ...]
    """The columns of the bars that the rules read."""
    canonical: str
    """The document as it would be stored: canonical JSON (RFC 8785)."""
    document: Mapping[str, Any]
    """The same as a document."""
