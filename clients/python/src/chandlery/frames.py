"""Data frames on their way to and from Arrow tables."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    Frame: TypeAlias = pd.DataFrame | pl.DataFrame | pa.Table

Target = Literal["pandas", "polars", "arrow"]

TIME = "time"
PRICES = ("open", "high", "low", "close")
VOLUME = "volume"
COMPLETE = "complete"
"""Tells which resampled bars are whole; it is read and never written."""

ATTRIBUTE = "chandlery"
"""Under this name a frame says what it holds, such as which series and version."""

TIME_TYPE = pa.timestamp("us", tz="UTC")


def check_target(to: str) -> None:
    """Checks that frames of the kind `to` can be made, so that nothing is read in vain.

    Raises:
        ValueError: when there is no such kind.
        ImportError: when its library is not installed.
    """
    if to not in ("pandas", "polars", "arrow"):
        raise ValueError(f"to is pandas, polars or arrow, not {to!r}")
    if to == "arrow":
        return
    try:
        __import__(to)
    except ImportError as error:
        raise ImportError(f"install chandlery[{to}] for frames of {to}, or read to='arrow'") from error


def frame_of(table: pa.Table, to: Target, key: str, version: int) -> Any:
    """Turns a table of bars into the kind of frame that is asked for, and notes its version where there is room.

    A `pandas.DataFrame` has a `DatetimeIndex` named `time`, in UTC, to the microsecond, and the version in
    `attrs["chandlery"]`; an unknown volume is NaN. An Arrow table has it in its schema's metadata, as JSON. A
    `polars.DataFrame` has no place for it. `table` must not be used afterwards: pandas takes its memory apart.
    """
    return noted_frame(table, to, TIME, {"key": key, "version": version})


def noted_frame(table: pa.Table, to: Target, index: str | None, note: Mapping[str, Any]) -> Any:
    """Turns a table into the kind of frame that is asked for, with `note` where there is room for it.

    In pandas the column `index`, if any is named, becomes the index, and all times are in pandas' own UTC.
    `table` must not be used afterwards: pandas takes its memory apart.
    """
    if to == "arrow":
        metadata = {**(table.schema.metadata or {}), ATTRIBUTE.encode(): json.dumps(note).encode()}
        return table.replace_schema_metadata(metadata)
    if to == "polars":
        import polars as pl

        return pl.from_arrow(table)
    times = [field.name for field in table.schema if pa.types.is_timestamp(field.type)]
    frame = table.to_pandas(split_blocks=True, self_destruct=True)
    # Which class stands for UTC depends on what else is installed; pandas' own choice does not.
    for name in times:
        frame[name] = frame[name].dt.tz_convert("UTC")
    if index is not None:
        frame = frame.set_index(index)
    frame.attrs[ATTRIBUTE] = dict(note)
    return frame


def table_of(frame: Frame) -> pa.Table:
    """Turns a frame into a table of bars as the API takes it, ascending in time.

    Times are a `DatetimeIndex` (pandas) or a column `time`, with a time zone, or dates. Columns may be in any
    order and case. Without a column `volume`, or where it is null or NaN, the volume is unknown. The column
    `complete` of resampled bars is passed over.

    Raises:
        ValueError: when a column is missing, unknown or no number, a time has no zone, is finer than a
            microsecond or occurs twice, or a price is missing or not finite.
        TypeError: when `frame` is no data frame.
    """
    table = _arrow_of(frame)
    named = _by_name(table)
    times = _times(named.pop(TIME))
    columns = {name: _numbers(name, named.pop(name)) for name in PRICES}
    volume = named.pop(VOLUME, None)
    named.pop(COMPLETE, None)
    columns[VOLUME] = pa.nulls(len(times), pa.float64()) if volume is None else _numbers(VOLUME, volume)
    if named:
        raise ValueError(
            f"a bar has no {_list(named)}; keep time, open, high, low, close and volume, and drop the rest"
        )
    for name in PRICES:
        finite = pc.fill_null(pc.is_finite(columns[name]), False)
        if not pc.all(finite, min_count=0).as_py():
            first = times[pc.index(finite, False).as_py()]
            raise ValueError(f"{name} is missing or not finite at {_iso(first)}; a bar needs its four prices")
    columns[VOLUME] = pc.if_else(pc.is_nan(columns[VOLUME]), pa.scalar(None, pa.float64()), columns[VOLUME])
    return _ascending(pa.table({TIME: times, **columns}, schema=_SCHEMA))


_SCHEMA = pa.schema(
    [
        pa.field(TIME, TIME_TYPE, nullable=False),
        *(pa.field(name, pa.float64(), nullable=False) for name in PRICES),
        pa.field(VOLUME, pa.float64()),
    ]
)


def _arrow_of(frame: Any) -> pa.Table:
    if isinstance(frame, pa.Table):
        return frame
    if isinstance(frame, pa.RecordBatch):
        return pa.Table.from_batches([frame])
    # A frame of a library can only exist once that library has been imported.
    pandas, polars = sys.modules.get("pandas"), sys.modules.get("polars")
    if pandas is not None and isinstance(frame, pandas.DataFrame):
        return _arrow_of_pandas(frame, pandas)
    if polars is not None and isinstance(frame, polars.DataFrame):
        return frame.to_arrow()
    if polars is not None and isinstance(frame, polars.LazyFrame):
        raise TypeError("the frame is lazy; collect() it first")
    raise TypeError(f"bars are a data frame of pandas or polars or an Arrow table, not {type(frame).__name__}")


def _arrow_of_pandas(frame: pd.DataFrame, pandas: Any) -> pa.Table:
    if frame.columns.nlevels > 1:
        raise ValueError(
            "the columns have several levels; select one instrument, such as frame.xs('AAPL', axis=1, level=1)"
        )
    names = [str(name) for name in frame.columns]
    columns = [pa.array(frame.iloc[:, place]) for place in range(len(names))]
    if TIME not in (name.strip().lower() for name in names):
        if not isinstance(frame.index, pandas.DatetimeIndex):
            raise ValueError(
                f"the frame has no DatetimeIndex and no column `time`; its index is a {type(frame.index).__name__}"
            )
        names.append(TIME)
        columns.append(pa.array(frame.index))
    return pa.table(columns, names=names)


def _by_name(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    named: dict[str, pa.ChunkedArray] = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        folded = name.strip().lower()
        if folded in named:
            raise ValueError(f"there are two columns `{folded}`")
        named[folded] = column
    missing = [name for name in (TIME, *PRICES) if name not in named]
    if missing:
        raise ValueError(f"the frame has no {_list(missing)}; it has {_list(table.column_names)}")
    return named


def _times(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.tz is None:
        raise ValueError(
            "the times have no time zone; say which moments are meant, such as frame.tz_localize('UTC') or "
            "frame.tz_localize('America/New_York')"
        )
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_null(kind)):
        raise ValueError(f"the times are {kind}; they must be timestamps with a time zone, or dates")
    if column.null_count:
        raise ValueError(f"{column.null_count:,} of the times are missing")
    try:
        # A date is the bar's date at its exchange, which is stored as its midnight in UTC.
        midnights = column.cast(pa.timestamp("us")) if pa.types.is_date(kind) else column
        return midnights.cast(TIME_TYPE)
    except pa.ArrowInvalid as error:
        raise ValueError(
            f"the times are finer than a microsecond or too far away: {error}; round them, such as by floor('us')"
        ) from error


def _numbers(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if not (number or pa.types.is_null(kind)):
        raise ValueError(f"the column `{name}` is {kind}; it must be numbers")
    try:
        return column.cast(pa.float64())
    except pa.ArrowInvalid as error:
        raise ValueError(f"the column `{name}` does not fit into doubles: {error}") from error


def _ascending(table: pa.Table) -> pa.Table:
    if not _ascend(table[TIME]):
        table = table.sort_by(TIME)
        if not _ascend(table[TIME]):
            times = table[TIME].combine_chunks()
            twice = pc.index(pc.equal(times[:-1], times[1:]), True).as_py()
            raise ValueError(f"there are several bars at {_iso(times[twice])}; keep one of them")
    return table


def _ascend(times: pa.ChunkedArray) -> bool:
    micros = times.cast(pa.int64()).combine_chunks()
    return bool(pc.all(pc.less(micros[:-1], micros[1:]), min_count=0).as_py())


def _iso(time: pa.Scalar) -> str:
    return str(pc.strftime(time, format="%Y-%m-%dT%H:%M:%SZ"))


def _list(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names) or "no columns"
