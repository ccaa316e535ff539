from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import samples
from answers import Server, bars, problem

from chandlery import Client, ConnectionFailed, NotFound, UnexpectedAnswer
from chandlery.arrow_stream import write_stream

KEY = "KRAKEN:BTC/USD/1m"


def cut(pieces: list[bytes], error: Exception | None = None) -> httpx.Response:
    """An answer that ends after `pieces`, with an error or as if it were whole."""

    class Cut(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield from pieces
            if error is not None:
                raise error

    return httpx.Response(200, stream=Cut(), headers={"Chandlery-Version": "3"})


def test_bars_are_asked_for_as_an_arrow_stream(server: Server, client: Client) -> None:
    server.answers = [bars(samples.table())]
    client.bars(
        KEY,
        start="2024-01-01",
        end=datetime(2024, 2, 1, tzinfo=UTC),
        as_of=2,
        resample="1h",
        columns=["time", "close"],
        limit=5,
        order="desc",
    )
    assert server.request.url.path == "/api/v1/series/KRAKEN/BTC/USD/1m/bars"
    assert server.target.startswith("/api/v1/series/KRAKEN/BTC%2FUSD/1m/bars?")
    assert dict(server.request.url.params) == {
        "start": "2024-01-01",
        "end": "2024-02-01T00:00:00Z",
        "as_of": "2",
        "resample": "1h",
        "columns": "time,close",
        "limit": "5",
        "order": "desc",
        "format": "arrow",
    }
    assert server.request.headers["Accept-Encoding"] == "identity"


def test_what_is_not_given_is_not_asked_for(server: Server, client: Client) -> None:
    server.answers = [bars(samples.table())]
    client.bars(KEY)
    assert dict(server.request.url.params) == {"format": "arrow"}


def test_bars_become_the_frame_that_is_asked_for(server: Server, client: Client) -> None:
    server.answers = [bars(samples.table(), version) for version in (7, 8, 9)]
    frame = client.bars(KEY)
    assert isinstance(frame, pd.DataFrame)
    assert frame.attrs["chandlery"] == {"key": KEY, "version": 7}
    assert isinstance(client.bars(KEY, to="polars"), pl.DataFrame)
    table = client.bars(KEY, to="arrow")
    assert isinstance(table, pa.Table)
    assert table.schema.metadata[b"chandlery"] == b'{"key": "KRAKEN:BTC/USD/1m", "version": 9}'
    assert samples.bits(table) == samples.bits(samples.table())


def test_resampled_bars_say_which_are_complete(server: Server, client: Client) -> None:
    complete = pa.array([True] * 5 + [False])
    server.answers = [bars(samples.table().append_column("complete", complete))]
    frame = client.bars(KEY, resample="5m")
    assert frame["complete"].dtype == bool
    assert frame["complete"].tolist() == complete.to_pylist()


def test_a_stream_may_come_in_any_pieces(server: Server, client: Client) -> None:
    whole = b"".join(write_stream(samples.table()))
    for size in (1, 7, len(whole)):
        server.answers = [cut([whole[start : start + size] for start in range(0, len(whole), size)])]
        assert samples.bits(client.bars(KEY, to="arrow")) == samples.bits(samples.table())


def test_a_stream_of_many_batches_is_put_together(server: Server, client: Client) -> None:
    rows = 150_000
    times = pa.array(range(rows), pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    closes = pa.array([float(row) for row in range(rows)])
    server.answers = [bars(pa.table({"time": times, "close": closes}))]
    table = client.bars(KEY, to="arrow")
    assert table["close"].num_chunks == 3
    assert table["close"].combine_chunks() == closes


@pytest.mark.parametrize("keep", [0, 3, 400, -1, -8])
def test_a_stream_that_is_cut_off_is_never_taken_for_a_short_one(server: Server, keep: int) -> None:
    whole = b"".join(write_stream(samples.table()))
    server.answers = [cut([whole[:keep]])]
    with server.client(retries=0) as client, pytest.raises(ConnectionFailed, match="broke off"):
        client.bars(KEY)


def test_a_reading_that_breaks_off_is_begun_anew(server: Server, client: Client) -> None:
    whole = b"".join(write_stream(samples.table()))
    server.answers = [
        cut([whole[:500]], httpx.ReadError("connection reset")),
        cut([whole[:-8]]),
        bars(samples.table()),
    ]
    assert len(client.bars(KEY)) == len(samples.ROWS)
    assert len(server.requests) == 3


def test_a_connection_that_keeps_breaking_is_told(server: Server) -> None:
    server.answers = [cut([], httpx.ReadTimeout("timed out"))]
    with server.client(retries=0) as client, pytest.raises(ConnectionFailed, match="timed out"):
        client.bars(KEY)


def test_what_is_no_stream_of_bars_is_told(server: Server, client: Client) -> None:
    whole = b"".join(write_stream(samples.table()))
    server.answers = [cut([b"<html>never mind</html>" + whole[-8:]])]
    with pytest.raises(UnexpectedAnswer, match="no Arrow stream"):
        client.bars(KEY)
    server.answers = [httpx.Response(200, text="<html></html>")]
    with pytest.raises(UnexpectedAnswer, match="Chandlery-Version"):
        client.bars(KEY)


def test_bars_of_an_unknown_series_are_not_found(server: Server, client: Client) -> None:
    server.answers = [problem(404, "Not found", detail=f"series {KEY} does not exist")]
    with pytest.raises(NotFound, match="does not exist"):
        client.bars(KEY)
