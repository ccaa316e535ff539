"""What the API answers with about sweeps, as values that never change. Times are UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from .backtest_records import Costs, Period, RunInput, RunProgress


@dataclass(frozen=True, slots=True)
class SweepAxis:
    """The values that a sweep gives to one parameter."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SweepRun:
    """One run of a sweep."""

    parameters: tuple[float, ...]
    """The values of the parameters, in the order of the sweep's `axes`."""
    figures: tuple[float | None, ...]
    """In the order of the sweep's `figures`; `None` where one is undefined. Empty when the run was refused."""
    refused: str | None
    """Why these parameters could not be run."""
    backtest: str | None
    """The backtest that holds the run whole, if it is one of the best."""


@dataclass(frozen=True, slots=True)
class SweepSummary:
    """A sweep without its runs, as lists have it."""

    id: str
    status: str
    """`queued`, `running`, `done`, `failed` or `cancelled`."""
    strategy: str
    version: int
    """The version of the strategy."""
    series: tuple[str, ...]
    """The series that its runs read."""
    axes: tuple[SweepAxis, ...]
    """The grid."""
    runs: int
    """How many runs the grid has."""
    by: str
    """The figure that the runs are sorted by."""
    top: int
    """How many of the best runs are stored whole."""
    title: str | None
    """What it is called for people."""
    author: str
    """Who asked for it."""
    created_at: datetime
    """When that was."""
    finished_at: datetime | None
    """When it ended."""
    failure: str | None
    """Why it failed."""


@dataclass(frozen=True, slots=True)
class Sweep(SweepSummary):
    """A sweep with its runs."""

    inputs: tuple[RunInput, ...]
    """What its runs read, pinned."""
    parameters: Mapping[str, float]
    """The values of all parameters, from which those of the grid differ."""
    period: Period
    cash: float
    """The cash at the beginning of each run."""
    costs: Costs
    sessions_per_year: float
    """The trading sessions a year of the instrument, by which figures are made yearly."""
    zone: str
    """The zone of the clock that rules read."""
    risk_free: float
    """The yearly rate of money without risk, as a fraction."""
    engine: str | None
    """The version of the engine that ran it."""
    figures: tuple[str, ...]
    """The names of the figures that each run has. Empty until it is done."""
    rows: tuple[SweepRun, ...]
    """The runs, the best one first, as far as they were asked for. Empty until it is done."""
    progress: RunProgress | None
    """How far it is, while it is queued or running."""
