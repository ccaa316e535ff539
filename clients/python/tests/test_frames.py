from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import samples

from chandlery.frames import check_target, frame_of, table_of

KEY = "X:A/1m"


def small(**columns: Any) -> pd.DataFrame:
    """Two bars of pandas; `columns` are put in the place of theirs, or added."""
    index = pd.DatetimeIndex(["2024-01-02", "2024-01-03"], tz="UTC")
    values = {
        "open": [1.0, 2.0],
        "high": [3.0, 4.0],
        "low": [0.5, 1.0],
        "close": [2.0, 3.0],
        "volume": [10.0, 20.0],
    }
    return pd.DataFrame({**values, **columns}, index=index)


def micros(table: pa.Table) -> list[int]:
    times: list[int] = table["time"].cast(pa.int64()).to_pylist()
    return times


@pytest.mark.parametrize("to", ["pandas", "polars", "arrow"])
def test_a_frame_becomes_the_table_again_bit_for_bit(to: Any) -> None:
    table = samples.table()
    back = table_of(frame_of(samples.table(), to, KEY, 3))
    assert back.schema == samples.SCHEMA
    assert samples.bits(back) == samples.bits(table)


def test_a_frame_of_pandas_has_an_index_of_times_in_utc() -> None:
    frame = frame_of(samples.table(), "pandas", KEY, 3)
    assert isinstance(frame.index, pd.DatetimeIndex)
    assert (frame.index.name, str(frame.index.tz), frame.index.unit) == ("time", "UTC", "us")
    assert type(frame.index.tz) is type(pd.DatetimeIndex([], tz="UTC").tz)
    assert list(frame.columns) == ["open", "high", "low", "close", "volume"]
    assert {str(kind) for kind in frame.dtypes} == {"float64"}
    assert frame["volume"].isna().tolist() == [False, False, True, False, False, False]


def test_pandas_keeps_times_beyond_the_reach_of_nanoseconds() -> None:
    first = datetime(1, 1, 1, tzinfo=UTC)
    table = samples.table().slice(0, 1).set_column(0, samples.SCHEMA.field(0), [[first]])
    frame = frame_of(table, "pandas", KEY, 1)
    assert frame.index[0] == first
    assert table_of(frame)["time"].to_pylist() == [first]


def test_the_version_is_attached_where_there_is_room_for_it() -> None:
    assert frame_of(samples.table(), "pandas", KEY, 3).attrs == {"chandlery": {"key": KEY, "version": 3}}
    metadata = frame_of(samples.table(), "arrow", "X:ü/1m", 3).schema.metadata
    assert metadata == {b"chandlery": b'{"key": "X:\\u00fc/1m", "version": 3}'}


def test_a_frame_without_bars_keeps_its_types() -> None:
    frame = frame_of(samples.table().slice(0, 0), "pandas", KEY, 3)
    assert (len(frame), str(frame.index.tz), str(frame["volume"].dtype)) == (0, "UTC", "float64")
    assert table_of(frame).schema == samples.SCHEMA
    assert table_of(pd.DataFrame(columns=["open", "high", "low", "close"], index=frame.index)).num_rows == 0


def test_times_may_be_in_any_zone_and_unit() -> None:
    frame = small()
    for unit in ("s", "ms", "us", "ns"):
        frame.index = pd.DatetimeIndex(frame.index).as_unit(unit).tz_convert("America/New_York")
        assert micros(table_of(frame)) == [1_704_153_600_000_000, 1_704_240_000_000_000]


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow"])
def test_times_may_be_dates(kind: str) -> None:
    columns = small().reset_index(names="time").to_dict(orient="list")
    columns["time"] = [date(2024, 1, 2), date(2024, 1, 3)]
    frame = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "arrow": pa.table}[kind](columns)
    assert micros(table_of(frame)) == [1_704_153_600_000_000, 1_704_240_000_000_000]


def test_a_column_of_times_goes_before_the_index() -> None:
    frame = small(Time=pd.DatetimeIndex(["2024-02-01", "2024-02-02"], tz="UTC")).reset_index(drop=True)
    assert micros(table_of(frame)) == [1_706_745_600_000_000, 1_706_832_000_000_000]


def test_columns_may_come_in_any_case_and_order() -> None:
    frame = small()[["volume", "close", "low", "high", "open"]].rename(columns=str.title)
    assert samples.bits(table_of(frame)) == samples.bits(table_of(small()))


def test_numbers_may_be_of_any_type_that_fits_into_doubles() -> None:
    frame = small(
        open=pd.array([1, 2], dtype="Int32"),
        high=[Decimal("3.5"), Decimal("4.25")],
        low=pd.array([0.5, 1.0], dtype="float32"),
        close=pd.array([2.0, 3.0], dtype="Float64"),
        volume=pd.array([10, None], dtype="Int64"),
    )
    assert table_of(frame).drop_columns(["time"]).to_pydict() == {
        "open": [1.0, 2.0],
        "high": [3.5, 4.25],
        "low": [0.5, 1.0],
        "close": [2.0, 3.0],
        "volume": [10.0, None],
    }


@pytest.mark.parametrize(
    "frame",
    [
        small().drop(columns="volume"),
        small(volume=[float("nan")] * 2),
        small(volume=[None, None]),
        pl.from_pandas(small().reset_index(names="time")).with_columns(volume=pl.lit(float("nan"))),
        pa.Table.from_pandas(small(volume=[None, None]).reset_index(names="time"), preserve_index=False),
    ],
)
def test_a_missing_volume_is_unknown(frame: Any) -> None:
    assert table_of(frame)["volume"].to_pylist() == [None, None]


def test_resampled_bars_may_be_written() -> None:
    assert table_of(small(complete=[True, False])) == table_of(small())


def test_bars_are_sent_in_the_order_of_time() -> None:
    assert table_of(small().iloc[::-1]) == table_of(small())


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (small().tz_localize(None), "no time zone.*tz_localize"),
        (small().reset_index(drop=True), "no DatetimeIndex and no column `time`; its index is a RangeIndex"),
        (small().set_axis(pd.period_range("2024", periods=2, freq="D")), "a PeriodIndex"),
        (small().drop(columns="low"), "has no `low`; it has `open`, `high`, `close`, `volume`, `time`"),
        (small(adjusted=[1.0, 2.0]), "a bar has no `adjusted`; keep time, open"),
        (small(Open=[1.0, 2.0]), "two columns `open`"),
        (small(close=["1", "2"]), "`close` is .*string; it must be numbers"),
        (small(close=[True, False]), "`close` is bool"),
        (small(close=[2**53 + 1, 2]), "`close` does not fit into doubles"),
        (small(close=[1.0, float("nan")]), r"close is missing or not finite at 2024-01-03T00:00:00"),
        (small(close=[1.0, None]), "close is missing"),
        (small(close=[1.0, float("inf")]), "close is missing or not finite"),
        (small(time=["2024-01-02", "2024-01-03"]), "the times are .*string"),
        (small(time=[1_704_153_600, 1_704_240_000]), "the times are int64"),
        (small(time=pd.DatetimeIndex(["2024-01-02", pd.NaT], tz="UTC")), "1 of the times are missing"),
        (small(time=pd.DatetimeIndex(["2024-01-02", "2024-01-03 00:00:00.000000001"], tz="UTC")), "microsecond"),
        (small().set_axis(small().index[[1, 1]]), "several bars at 2024-01-03T00:00:00.000000Z"),
        (pd.concat({"AAPL": small()}, axis=1), "several levels"),
        (pl.from_pandas(small().tz_localize(None).reset_index(names="time")), "no time zone"),
        (pa.table({"time": [1.5]}), "has no `open`, `high`, `low`, `close`"),
    ],
)
def test_a_frame_that_holds_no_bars_is_refused(frame: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        table_of(frame)


@pytest.mark.parametrize(
    ("frame", "message"),
    [({"open": [1.0]}, "not dict"), (small()["open"], "not Series"), (pl.LazyFrame(), "collect")],
)
def test_what_is_no_frame_is_refused(frame: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        table_of(frame)


def test_a_frame_of_an_unheard_of_kind_is_not_promised() -> None:
    with pytest.raises(ValueError, match="pandas, polars or arrow"):
        check_target("dask")


def test_arrow_needs_neither_pandas_nor_polars() -> None:
    program = """
import sys

class Absent:
    def find_spec(self, name, path, target=None):
        if name in ("pandas", "polars"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
import samples
from chandlery.frames import check_target, table_of
assert samples.bits(table_of(samples.table())) == samples.bits(samples.table())
check_target("arrow")
try:
    check_target("polars")
except ImportError as error:
    print(error)
"""
    folder = samples.__file__.rpartition("/")[0]
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == "install chandlery[polars] for frames of polars, or read to='arrow'\n"
