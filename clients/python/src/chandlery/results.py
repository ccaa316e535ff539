"""What backtests and sweeps gave, as Arrow tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from .bars import range_params
from .errors import UnexpectedAnswer
from .frames import TIME, TIME_TYPE
from .pages import raw_pages
from .sweep_records import Sweep
from .times import Time
from .transport import Transport

MOST_ROWS = 10_000
"""How many trades or runs a page has, at most."""

MOST_POINTS = 100_000
"""How many points of an equity curve one answer has, at most."""

REFUSED, BACKTEST = "refused", "backtest"


def _needed(kind: pa.DataType, *names: str) -> list[pa.Field]:
    return [pa.field(name, kind, nullable=False) for name in names]


_TRADES = pa.schema(
    [
        *_needed(pa.int64(), "number"),
        *_needed(pa.string(), "side"),
        *_needed(pa.float64(), "units"),
        *_needed(TIME_TYPE, "entry_time"),
        *_needed(pa.float64(), "entry_price"),
        *_needed(TIME_TYPE, "exit_time"),
        *_needed(pa.float64(), "exit_price"),
        *_needed(pa.string(), "exit_reason"),
        *_needed(pa.float64(), "gross", "costs", "net", "return"),
    ]
)

_EQUITY = pa.schema([*_needed(TIME_TYPE, TIME), *_needed(pa.float64(), "equity", "drawdown")])


def read_trades(transport: Transport, path: str) -> pa.Table:
    """Reads all trades of a list, in its order."""
    trades = [trade for page in raw_pages(transport, path, {"limit": MOST_ROWS}) for trade in page]
    return _table(_TRADES, lambda name: [trade[name] for trade in trades])


def read_equity(
    transport: Transport, path: str, start: Time | None, end: Time | None, points: int | None
) -> tuple[pa.Table, int]:
    """Reads an equity curve, thinned to at most `points` of its points, if a number is given.

    Returns:
        The curve, and how many points it has before it is thinned.
    """
    if points is not None:
        return _stretch(transport, path, start, end, points)
    # A curve that is too long for one answer is read in halves, and those in halves.
    parts, left, total = [], [(start, end)], 0
    while left:
        begin, stop = left.pop()
        part, count = _stretch(transport, path, begin, stop, MOST_POINTS)
        if len(part) == count:
            parts.append(part)
            total += count
        elif len(part) < 2:
            raise UnexpectedAnswer(f"of {count:,} points, {path} tells {len(part)}")
        else:
            middle = part[TIME][len(part) // 2].as_py()
            left += [(middle, stop), (begin, middle)]
    return pa.concat_tables(parts), total


def read_runs(transport: Transport, path: str, sweep: Sweep) -> pa.Table:
    """Reads all runs of a sweep, with a column for each parameter and each figure.

    A parameter that is called as another column is, is found as `parameters.NAME`.
    """
    figures = sweep.figures
    taken = {*figures, REFUSED, BACKTEST}
    axes = [f"parameters.{axis.name}" if axis.name in taken else axis.name for axis in sweep.axes]
    runs: list[Any] = []
    if sweep.status == "done":
        runs = [run for page in raw_pages(transport, path, {"limit": MOST_ROWS}) for run in page]
    schema = pa.schema(
        [
            *_needed(pa.float64(), *axes),
            *(pa.field(name, pa.float64()) for name in figures),
            pa.field(REFUSED, pa.string()),
            pa.field(BACKTEST, pa.string()),
        ]
    )

    def column(name: str) -> list[Any]:
        if name in (REFUSED, BACKTEST):
            return [run.get(name) for run in runs]
        if name in figures:
            place = figures.index(name)
            return [run["figures"][place] if run["figures"] else None for run in runs]
        return [run["parameters"][axes.index(name)] for run in runs]

    return _table(schema, column)


def _stretch(
    transport: Transport, path: str, start: Time | None, end: Time | None, points: int
) -> tuple[pa.Table, int]:
    curve = transport.json("GET", path, params={**range_params(start, end), "points": points})
    if not isinstance(curve, Mapping) or not isinstance(curve.get("total"), int):
        raise UnexpectedAnswer(f"the answer is no equity curve: {curve!r:.200}")
    return _table(_EQUITY, lambda name: curve[name]), curve["total"]


def _table(schema: pa.Schema, column: Callable[[str], Any]) -> pa.Table:
    """Makes a table whose columns are read from JSON.

    Raises:
        UnexpectedAnswer: when one is missing or has the wrong type.
    """
    try:
        columns = [_array(field, column(field.name)) for field in schema]
        return pa.Table.from_arrays(columns, schema=schema)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise UnexpectedAnswer(f"the answer cannot be read as a table: {error}") from error


def _array(field: pa.Field, values: Any) -> pa.Array:
    if pa.types.is_timestamp(field.type):
        array = pa.array(values, pa.string()).cast(field.type)
    else:
        array = pa.array(values, field.type)
    if array.null_count and not field.nullable:
        raise ValueError(f"`{field.name}` lacks values")
    return array
