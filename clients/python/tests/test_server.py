"""The client against a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from math import copysign
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import samples

from chandlery import Client, Conflict, Invalid, NotFound
from chandlery.frames import frame_of

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url) as client:
        yield client


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """A series that is this test's alone: a name may be 64 characters long."""
    name = request.node.name.removeprefix("test_").replace(" ", "")
    return f"TEST:{name[:64]}/1m"


def bars(closes: list[float], start: datetime = samples.START, step: timedelta = MINUTE) -> pa.Table:
    times = [start + step * place for place in range(len(closes))]
    volumes = [10.0] * len(closes)
    return pa.table([times, closes, closes, closes, closes, volumes], schema=samples.SCHEMA)


def closes(client: Client, key: str, **query: Any) -> list[float]:
    found: list[float] = client.bars(key, to="arrow", **query)["close"].to_pylist()
    return found


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow"])
def test_what_is_written_is_read_bit_for_bit(client: Client, key: str, kind: Any) -> None:
    frame = frame_of(samples.table(), kind, key, 0)
    written = client.write_bars(key, frame, expected=0, reason="the first bars")
    assert (written.outcome, written.version) == ("committed", 1)
    assert written.commit is not None
    assert (written.commit.inserted, written.commit.reason) == (len(samples.ROWS), "the first bars")

    table = client.bars(key, to="arrow")
    assert table.schema.remove_metadata() == samples.SCHEMA
    assert samples.bits(table) == samples.bits(samples.table())

    polars = client.bars(key, to="polars")
    assert polars.schema["time"] == pl.Datetime("us", "UTC")
    assert polars["volume"].null_count() == 1
    assert samples.bits(polars.to_arrow()) == samples.bits(samples.table())

    pandas = client.bars(key)
    assert pandas.attrs["chandlery"] == {"key": key, "version": 1}
    assert [time.to_pydatetime() for time in pandas.index] == samples.TIMES
    assert pandas["volume"].isna().tolist() == [volume is None for *_, volume in samples.ROWS]
    again = client.write_bars(key, pandas)
    assert (again.outcome, again.version, again.commit) == ("unchanged", 1, None)


def test_a_negative_zero_is_a_zero(client: Client, key: str) -> None:
    table = bars([1.0]).set_column(5, samples.SCHEMA.field("volume"), [[-0.0]])
    client.write_bars(key, table)
    (volume,) = client.bars(key, to="arrow")["volume"].to_pylist()
    assert copysign(1.0, volume) == 1.0


def test_many_bars_are_streamed_whole(client: Client, key: str) -> None:
    rows = 200_000
    table = bars([float(1 + row % 1000) for row in range(rows)])
    assert client.write_bars(key, table).version == 1
    read = client.bars(key, to="arrow")
    assert read.replace_schema_metadata(None).equals(table)
    assert closes(client, key, start=samples.START + MINUTE * (rows - 3)) == closes(client, key)[-3:]


def test_a_write_that_is_too_large_is_refused_and_not_broken_off(client: Client, key: str) -> None:
    rows = 1_500_000
    times = pa.array(range(rows), pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    ones = pa.array([1.0] * rows)
    with pytest.raises(Invalid) as raised:
        client.write_bars(key, pa.table({"time": times, "open": ones, "high": ones, "low": ones, "close": ones}))
    assert raised.value.status == 413


def test_ranges_are_half_open_and_may_be_turned_round(client: Client, key: str) -> None:
    client.write_bars(key, bars([1.0, 2.0, 3.0, 4.0]))
    start, end = samples.START + MINUTE, samples.START + 3 * MINUTE
    assert closes(client, key, start=start, end=end) == [2.0, 3.0]
    assert closes(client, key, order="desc", limit=3) == [4.0, 3.0, 2.0]
    assert closes(client, key, start="2025-01-01") == []
    assert client.bars(key, columns="close").columns.tolist() == ["close"]
    assert client.bars(key, columns=["high", "volume"], to="polars").columns == ["time", "high", "volume"]


@pytest.mark.parametrize(
    "symbol", ["BTC/USD", "A%B", "%2F", "ü", "A+B", "a?b#c&d=e", "A:B", "BRK.B", "^GSPC", ".."]
)
def test_odd_symbols_name_their_own_series(client: Client, symbol: str) -> None:
    key = f"ODD:{symbol}/1m"
    client.write_bars(key, bars([1.0, 2.0]))
    series = client.get_series(key)
    assert (series.key, series.venue, series.symbol, series.timeframe) == (key, "ODD", symbol, "1m")
    assert closes(client, key) == [1.0, 2.0]
    assert [found.key for found in client.series(symbol=symbol)] == [key]
    assert [commit.version for commit in client.commits(series)] == [1]


def test_a_write_that_expects_another_version_conflicts(client: Client, key: str) -> None:
    client.write_bars(key, bars([1.0]), expected=0)
    with pytest.raises(Conflict) as raised:
        client.write_bars(key, bars([2.0]), expected=0)
    assert raised.value.status == 409
    assert raised.value.request_id
    assert client.write_bars(key, bars([2.0]), expected=1).version == 2
    with pytest.raises(Conflict):
        client.write_bars(key, bars([3.0]), expected=1)
    assert closes(client, key) == [2.0]


def test_of_writers_that_expect_the_same_version_one_wins(client: Client, key: str) -> None:
    client.write_bars(key, bars([1.0]))

    def write(price: float) -> str:
        try:
            return client.write_bars(key, bars([price]), expected=1).outcome
        except Conflict:
            return "conflict"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(write, [2.0, 3.0, 4.0, 5.0]))
    assert sorted(outcomes) == ["committed", "conflict", "conflict", "conflict"]
    assert client.get_series(key).version == 2


def test_a_write_that_is_repeated_under_its_key_is_made_once(client: Client, key: str) -> None:
    first = client.write_bars(key, bars([1.0]), expected=0, idempotency_key="night-7")
    again = client.write_bars(key, bars([1.0]), expected=0, idempotency_key="night-7")
    assert (first.outcome, again.outcome) == ("committed", "repeated")
    assert again.commit == first.commit
    with pytest.raises(Conflict):
        client.write_bars(key, bars([2.0]), idempotency_key="night-7")
    assert [commit.version for commit in client.commits(key)] == [1]


def test_a_correction_leaves_the_earlier_state_readable(client: Client, key: str) -> None:
    first = client.write_bars(key, bars([1.0, 2.0]))
    second = client.write_bars(key, bars([1.5]), reason="a correction")
    assert first.commit is not None
    assert second.commit is not None
    assert (second.commit.inserted, second.commit.changed, second.commit.bars) == (0, 1, 2)
    assert closes(client, key) == [1.5, 2.0]
    assert closes(client, key, as_of=1) == [1.0, 2.0]
    assert closes(client, key, as_of=first.commit.committed_at) == [1.0, 2.0]
    assert closes(client, key, as_of=second.commit.committed_at - timedelta(microseconds=1)) == [1.0, 2.0]
    assert closes(client, key, as_of=second.commit.committed_at) == [1.5, 2.0]
    assert client.bars(key, as_of=1).attrs["chandlery"]["version"] == 1
    assert client.bars(key, as_of=second.commit.committed_at).attrs["chandlery"]["version"] == 2
    with pytest.raises(NotFound):
        client.bars(key, as_of=3)

    diff = client.diff(key, 1, 2)
    assert (diff.inserted, diff.changed, diff.deleted) == (0, 1, 0)
    assert (diff.from_version, diff.to_version, diff.truncated) == (1, 2, False)
    (bar,) = diff.bars
    assert bar.time == samples.START
    assert bar.before is not None
    assert bar.after is not None
    assert (bar.before.close, bar.after.close) == (1.0, 1.5)


def test_minutes_become_hours(client: Client, key: str) -> None:
    start = datetime(2024, 1, 2, 14, tzinfo=UTC)
    client.write_bars(key, bars([float(minute) for minute in range(1, 91)], start))
    frame = client.bars(key, resample="1h")
    assert frame.index.tolist() == [pd.Timestamp(start), pd.Timestamp(start + timedelta(hours=1))]
    assert frame["open"].tolist() == [1.0, 61.0]
    assert frame["high"].tolist() == [60.0, 90.0]
    assert frame["close"].tolist() == [60.0, 90.0]
    assert frame["volume"].tolist() == [600.0, 300.0]
    assert frame["complete"].tolist() == [True, False]
    assert client.write_bars(key.replace("/1m", "/1h"), frame).version == 1
    with pytest.raises(Invalid):
        client.bars(key, resample="7s")


def test_a_range_is_deleted_and_brought_back(client: Client, key: str) -> None:
    client.write_bars(key, bars([1.0, 2.0, 3.0]))
    with pytest.raises(Conflict):
        client.delete_bars(key, start=samples.START + MINUTE, expected=7)
    deleted = client.delete_bars(
        key, start=samples.START + MINUTE, expected=1, idempotency_key="d", reason="bad ticks"
    )
    assert (deleted.outcome, deleted.version) == ("committed", 2)
    assert closes(client, key) == [1.0]
    again = client.delete_bars(key, start=samples.START + MINUTE, expected=1, idempotency_key="d")
    assert (again.outcome, again.version) == ("repeated", 2)
    with pytest.raises(Conflict):
        client.revert(key, 1, expected=1)
    reverted = client.revert(key, 1, "they were right", expected=2)
    assert (reverted.outcome, reverted.version) == ("committed", 3)
    assert closes(client, key) == [1.0, 2.0, 3.0]
    newest_first = [(commit.version, commit.kind, commit.reason) for commit in client.commits(key)]
    assert newest_first == [
        (3, "revert", "they were right"),
        (2, "delete", "bad ticks"),
        (1, "upsert", None),
    ]
    times = [commit.committed_at for commit in client.commits(key)]
    assert times == sorted(times, reverse=True)
    assert client.get_series(key).digest == next(client.commits(key)).digest


def test_a_series_is_deleted_and_purged(client: Client, key: str) -> None:
    client.write_bars(key, bars([1.0]))
    with pytest.raises(Conflict):
        client.delete_series(key, expected=2)
    deleted = client.delete_series(key, expected=1, reason="delisted")
    assert deleted is not None
    assert (deleted.outcome, deleted.version) == ("committed", 2)
    series = client.get_series(key)
    assert (series.version, series.bars, series.first) == (2, 0, None)
    assert closes(client, key, as_of=1) == [1.0]
    assert client.delete_series(key, purge=True) is None
    with pytest.raises(NotFound):
        client.get_series(key)


def test_series_are_listed_page_by_page_and_in_order(client: Client) -> None:
    keys = [f"LIST:S{number:03}/1d" for number in range(120)]
    day = datetime(2024, 1, 2, tzinfo=UTC)
    for number, key in enumerate(keys):
        client.write_bars(key, bars([1.0] * (1 + number % 3), day, DAY))
    client.write_bars("LIST:S000/1m", bars([1.0]))
    assert [series.key for series in client.series(venue="LIST", timeframe="1d")] == keys
    assert [series.timeframe for series in client.series(venue="LIST", symbol="S000")] == ["1m", "1d"]
    assert [series.key for series in client.series(q="LIST:S11", sort="-key")] == keys[110:][::-1]
    counts = [series.bars for series in client.series(venue="LIST", sort="-bars")]
    assert counts == sorted(counts, reverse=True)
    assert len(counts) == 121
    first = next(client.series(venue="LIST", timeframe="1d"))
    assert (first.version, first.bars, first.gaps) == (1, 1, 0)
    assert (first.first, first.last) == (day, day)


def test_a_bar_that_is_missing_is_a_gap(client: Client, key: str) -> None:
    key = key.replace("/1m", "/1d")
    table = bars([1.0] * 56, datetime(2024, 1, 1, tzinfo=UTC), DAY)
    client.write_bars(key, pa.concat_tables([table.slice(0, 30), table.slice(32)]))
    (gap,) = client.gaps(key)
    assert (gap.first, gap.last) == (datetime(2024, 1, 31, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC))
    assert gap.missing == 2
    assert client.get_series(key).gaps == 2
    assert list(client.gaps(key, start="2024-02-02")) == []


def test_a_bar_that_breaks_a_rule_is_refused(client: Client, key: str) -> None:
    table = bars([1.0, 2.0]).set_column(2, samples.SCHEMA.field("high"), [[1.0, 0.5]])
    with pytest.raises(Invalid) as raised:
        client.write_bars(key, table)
    assert raised.value.status == 422
    assert raised.value.errors
    with pytest.raises(NotFound):
        client.get_series(key)


def test_what_is_not_there_is_not_found(client: Client) -> None:
    key = "NOWHERE:NOTHING/1d"
    calls: list[Callable[[], object]] = [
        lambda: client.get_series(key),
        lambda: client.bars(key),
        lambda: list(client.commits(key)),
        lambda: list(client.gaps(key)),
        lambda: client.diff(key, 0),
        lambda: client.revert(key, 1),
        lambda: client.delete_series(key),
        lambda: client.delete_bars(key, start="2024-01-01"),
        lambda: client.get_import("01a20335-9f90-71ae-8b13-45757c7ae60f"),
    ]
    for call in calls:
        with pytest.raises(NotFound) as raised:
            call()
        assert raised.value.detail
    assert list(client.series(venue="NOWHERE")) == []


def test_a_query_that_makes_no_sense_is_refused(client: Client) -> None:
    with pytest.raises(Invalid) as raised:
        list(client.series(sort="beauty"))
    assert raised.value.status == 400
    assert raised.value.errors[0].message
