"""What the API answers with about backtests, as values that never change. Times are UTC.

Money is in the currency that the series is quoted in. Returns, rates and drawdowns are fractions: 0.05 is 5 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class RunInput:
    """A series that a backtest or a sweep reads, pinned to a version."""

    series: str
    """`VENUE:SYMBOL/TF`."""
    version: int
    """The version that is read."""
    digest: str
    """The digest of its bars."""
    newest: int | None
    """The newest version of the series; `None` when it is no longer there."""
    changed: bool
    """Whether bars of the period were inserted, changed or deleted since."""


@dataclass(frozen=True, slots=True)
class Period:
    """The period that is read."""

    start: datetime | None
    """The first time inside; `None`: from the first bar on."""
    end: datetime | None
    """The first time behind; `None`: up to the last bar."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What each fill costs."""

    commission_bps: float
    """Commission in basis points of the value filled."""
    commission_per_trade: float
    """Commission per fill, in money."""
    slippage_bps: float
    """Slippage in basis points of the price."""


@dataclass(frozen=True, slots=True)
class Span:
    """What a backtest was computed over."""

    first: datetime
    """The time of the first point of the equity curve."""
    last: datetime
    """The time of the last point."""
    bars: int
    """How many points there are: one a bar."""
    warm_up: int
    """For how many bars at the beginning nothing was traded."""
    final_equity: float
    """The equity at the end."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure."""

    value: float | None
    """The figure; `None` when it is undefined."""
    basis: str
    """What it was computed from."""
    reason: str | None
    """Why it is undefined."""
    unit: str | None
    """`fraction`, `ratio`, `count`, `days` or `currency`; `None` of a figure that the server does not know."""
    formula: str | None
    """How it is computed."""


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a backtest or a sweep is."""

    worker: str | None
    """The worker that has it; `None` while it waits for one."""
    done: int
    """How many steps are done."""
    total: int
    """How many there are; 0 as long as that is not known."""
    is_cancelled: bool
    """Whether it was told to stop."""


@dataclass(frozen=True, slots=True)
class BacktestSummary:
    """A backtest, as lists have it."""

    id: str
    status: str
    """`queued`, `running`, `done`, `failed` or `cancelled`."""
    origin: str
    """`engine` when the server ran it, else `recorded`."""
    tool: str | None
    """The tool that made it, when it was recorded."""
    strategy: str | None
    version: int | None
    """The version of the strategy."""
    series: tuple[str, ...]
    """The series that it reads."""
    parameters: Mapping[str, float]
    """The values of all parameters."""
    title: str | None
    """What it is called for people."""
    tags: tuple[str, ...]
    """What it is found by."""
    author: str
    """Who asked for it."""
    created_at: datetime
    """When that was."""
    finished_at: datetime | None
    """When it ended."""
    sweep: str | None
    """The sweep whose best runs it belongs to."""
    digest: str | None
    """The digest of figures, trades and equity, once it is done; equal results have equal digests."""
    figures: Mapping[str, float | None]
    """The headline figures by name; `None` where one is undefined. Empty until it is done."""


@dataclass(frozen=True, slots=True)
class Backtest(BacktestSummary):
    """A backtest with all its figures."""

    notes: str | None
    """What people write about it."""
    inputs: tuple[RunInput, ...]
    """What it reads, pinned."""
    period: Period
    cash: float
    """The cash at the beginning."""
    costs: Costs
    sessions_per_year: float
    """The trading sessions a year of the instrument, by which figures are made yearly."""
    zone: str
    """The zone of the clock that rules read."""
    risk_free: float
    """The yearly rate of money without risk."""
    span: Span | None
    """What it was computed over, once it is done."""
    engine: str | None
    """The version of the engine that computed the figures."""
    metrics: Mapping[str, Metric]
    """The figures by name, such as `metrics["sharpe"].value`. Empty until it is done."""
    progress: RunProgress | None
    """How far it is, while it is queued or running."""
    failure: str | None
    """Why it failed."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What running a backtest again has shown."""

    id: str
    verdict: str
    """`identical`, `unaltered` (another tool made it), `different`, `damaged` or `impossible`."""
    is_sound: bool
    """Whether the result is what it was: `identical` or `unaltered`."""
    expected: str
    """The digest that is stored."""
    stored: str | None
    """The digest of what is stored; `None` when it cannot be read."""
    found: str | None
    """The digest of the run that was made now; `None` when none could be made."""
    reasons: tuple[str, ...]
    """What explains the verdict."""
    has_newer_data: bool
    """Whether its series have newer versions, or other bars in its period; the verdict does not depend on it."""


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """One figure of several backtests."""

    name: str
    values: tuple[float | None, ...]
    """Its values, in the order of the backtests; `None` where it is undefined."""
    best: tuple[int, ...]
    """The places of the best ones, from 0; empty when all are the same, or the figure only describes, as `exposure` does."""


@dataclass(frozen=True, slots=True)
class ComparedSetting:
    """One setting of several backtests, which differs."""

    name: str
    values: tuple[Any, ...]
    """Its values, in the order of the backtests: numbers or texts; `None` where it is not known."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Backtests side by side."""

    backtests: tuple[BacktestSummary, ...]
    """In the order that was asked for."""
    figures: tuple[ComparedFigure, ...]
    """Each figure that one of them has."""
    parameters: Mapping[str, tuple[float | None, ...]]
    """The parameters that differ, with their values in the order of the backtests."""
    settings: tuple[ComparedSetting, ...]
    """What else differs: bounds and number of the bars, cash, costs, rates, zone and engine."""
    same_data: bool
    """Whether all are known to have read the same bars; if not, figures may differ because of the data."""
