from __future__ import annotations

import httpx
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import samples
from answers import COMMIT, COMMITTED, Server, problem

from chandlery import Client, Conflict, Invalid
from chandlery.frames import frame_of

KEY = "KRAKEN:BTC/USD/1m"


def sent(body: bytes) -> pa.Table:
    return pa.ipc.open_stream(body).read_all()


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow"])
def test_bars_are_sent_as_an_arrow_stream(server: Server, client: Client, kind: str) -> None:
    frame: pd.DataFrame | pl.DataFrame | pa.Table = frame_of(samples.table(), kind, KEY, 3)  # type: ignore[arg-type]
    server.answers = [httpx.Response(200, json=COMMITTED)]
    written = client.write_bars(KEY, frame, reason="a & b")
    assert server.request.method == "PUT"
    assert server.target == "/api/v1/series/KRAKEN/BTC%2FUSD/1m/bars?reason=a+%26+b"
    assert server.request.headers["Content-Type"] == "application/vnd.apache.arrow.stream"
    assert sent(server.bodies[0]).schema == samples.SCHEMA
    assert samples.bits(sent(server.bodies[0])) == samples.bits(samples.table())
    assert (written.outcome, written.version) == ("committed", 3)
    assert written.commit is not None
    assert (written.commit.version, written.commit.changed) == (3, 2)


def test_many_bars_are_sent_in_batches(server: Server, client: Client) -> None:
    rows = 150_000
    times = pa.array(range(rows), pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    prices = pa.array([1.0] * rows)
    table = pa.table({"time": times, "open": prices, "high": prices, "low": prices, "close": prices})
    server.answers = [httpx.Response(200, json=COMMITTED)]
    client.write_bars(KEY, table)
    batches = list(pa.ipc.open_stream(server.bodies[0]))
    assert [batch.num_rows for batch in batches] == [65_536, 65_536, 18_928]
    assert server.request.headers["Content-Length"] == str(len(server.bodies[0]))
    assert "Transfer-Encoding" not in server.request.headers


@pytest.mark.parametrize(("expected", "header"), [(None, None), (0, '"v0"'), (12, '"v12"')])
def test_the_version_that_is_expected_goes_along(
    server: Server, client: Client, expected: int | None, header: str | None
) -> None:
    server.answers = [httpx.Response(200, json=COMMITTED)]
    client.write_bars(KEY, samples.table(), expected=expected)
    assert server.request.headers.get("If-Match") == header


def test_each_write_has_a_key_of_its_own(server: Server, client: Client) -> None:
    server.answers = [httpx.Response(200, json=COMMITTED) for _ in range(2)]
    client.write_bars(KEY, samples.table())
    client.write_bars(KEY, samples.table())
    first, second = (request.headers["Idempotency-Key"] for request in server.requests)
    assert len(first) == 32
    assert first != second


def test_a_write_is_repeated_whole_and_under_its_key(server: Server, client: Client) -> None:
    repeated = {**COMMITTED, "outcome": "repeated"}
    server.answers = [
        httpx.ReadError("connection reset"),
        problem(503, "Unavailable", headers={"Retry-After": "2"}),
        httpx.Response(200, json=repeated),
    ]
    written = client.write_bars(KEY, samples.table(), expected=2)
    assert (written.outcome, written.commit is None) == ("repeated", False)
    assert len({request.headers["Idempotency-Key"] for request in server.requests}) == 1
    assert {request.headers["If-Match"] for request in server.requests} == {'"v2"'}
    assert len(set(server.bodies)) == 1
    assert samples.bits(sent(server.bodies[2])) == samples.bits(samples.table())


def test_a_key_may_be_given(server: Server, client: Client) -> None:
    server.answers = [httpx.Response(200, json={"outcome": "unchanged", "version": 3, "commit": None})]
    written = client.write_bars(KEY, samples.table(), idempotency_key="2024-06-01/BTC")
    assert server.request.headers["Idempotency-Key"] == "2024-06-01/BTC"
    assert (written.outcome, written.version, written.commit) == ("unchanged", 3, None)


def test_a_write_that_makes_no_sense_is_not_sent(server: Server, client: Client) -> None:
    table = samples.table()
    for key in ("", "ü", "a\nb", " a"):
        with pytest.raises(ValueError, match="printable ASCII"):
            client.write_bars(KEY, table, idempotency_key=key)
    with pytest.raises(ValueError, match="below"):
        client.write_bars(KEY, table, expected=-1)
    for number in ("v3", True, 3.0):
        with pytest.raises(TypeError, match="number"):
            client.write_bars(KEY, table, expected=number)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="has no `close`"):
        client.write_bars(KEY, table.drop_columns(["close"]))
    assert server.requests == []


def test_a_conflict_is_told_and_not_tried_again(server: Server, client: Client) -> None:
    server.answers = [problem(409, "Conflict", detail="the head is version 4, not 3")]
    with pytest.raises(Conflict, match="version 4") as raised:
        client.write_bars(KEY, samples.table(), expected=3)
    assert raised.value.status == 409
    assert len(server.requests) == 1


def test_a_bar_that_breaks_a_rule_is_named(server: Server, client: Client) -> None:
    fault = {"pointer": "/bars/3", "rule": "high-below", "message": "high 1 is below close 2"}
    server.answers = [problem(422, "Invalid", errors=[fault])]
    with pytest.raises(Invalid, match="high 1 is below close 2") as raised:
        client.write_bars(KEY, samples.table())
    (found,) = raised.value.errors
    assert (found.pointer, found.rule, found.message) == tuple(fault.values())


def test_a_range_of_bars_is_deleted(server: Server, client: Client) -> None:
    server.answers = [httpx.Response(200, json={**COMMITTED, "commit": {**COMMIT, "kind": "delete"}})]
    written = client.delete_bars(KEY, start="2024-01-01", reason="bad ticks")
    assert server.request.method == "DELETE"
    assert server.target == "/api/v1/series/KRAKEN/BTC%2FUSD/1m/bars?start=2024-01-01&reason=bad+ticks"
    assert written.commit is not None
    assert written.commit.kind == "delete"


def test_all_bars_are_not_deleted_by_omission(server: Server, client: Client) -> None:
    with pytest.raises(ValueError, match="delete_series"):
        client.delete_bars(KEY)
    assert server.requests == []


def test_a_deletion_may_expect_a_version_and_be_repeated(server: Server, client: Client) -> None:
    server.answers = [httpx.ReadError("reset"), httpx.Response(200, json={**COMMITTED, "outcome": "repeated"})]
    assert client.delete_bars(KEY, end="2024-01-01", expected=2).outcome == "repeated"
    first, second = server.requests
    assert first.headers["If-Match"] == '"v2"'
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]


def test_a_series_is_deleted_as_a_version(server: Server, client: Client) -> None:
    server.answers = [httpx.Response(200, json=COMMITTED)]
    written = client.delete_series(KEY, expected=2, reason="delisted")
    assert written is not None
    assert written.version == 3
    assert server.request.method == "DELETE"
    assert server.request.headers["If-Match"] == '"v2"'
    assert server.target == "/api/v1/series/KRAKEN/BTC%2FUSD/1m?reason=delisted"


def test_a_series_is_purged_with_its_history(server: Server, client: Client) -> None:
    server.answers = [httpx.Response(204)]
    assert client.delete_series(KEY, purge=True) is None
    assert server.target == "/api/v1/series/KRAKEN/BTC%2FUSD/1m?purge=true"


def test_an_earlier_version_is_brought_back(server: Server, client: Client) -> None:
    server.answers = [httpx.Response(200, json=COMMITTED)]
    assert client.revert(KEY, 1, "the second file was wrong", expected=2).version == 3
    assert server.request.headers["If-Match"] == '"v2"'
    assert server.target == "/api/v1/series/KRAKEN/BTC%2FUSD/1m/revert"
    assert server.bodies == [b'{"version":1,"reason":"the second file was wrong"}']


def test_two_versions_are_compared(server: Server, client: Client) -> None:
    values = {"open": 1, "high": 2.5, "low": 0.5, "close": 2, "volume": None}
    bar = {"time": "2024-01-05T00:00:00Z", "before": None, "after": values}
    document = {"from": 1, "to": 2, "inserted": 1, "changed": 0, "deleted": 0, "items": [bar], "truncated": True}
    server.answers = [httpx.Response(200, json=document)]
    diff = client.diff(KEY, 1, 2, limit=1)
    assert server.target.endswith("/diff?from=1&to=2&limit=1")
    assert (diff.from_version, diff.to_version, diff.inserted, diff.truncated) == (1, 2, 1, True)
    (difference,) = diff.bars
    assert difference.before is None
    assert difference.after is not None
    assert (difference.after.open, difference.after.volume) == (1.0, None)
    assert isinstance(difference.after.open, float)
