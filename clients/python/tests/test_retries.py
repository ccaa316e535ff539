from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from answers import COMMITTED, SERIES, Server, problem

from chandlery import Client, ConnectionFailed, Unavailable

KEY = "X:A/1m"


def unavailable(status: int = 503, after: str | None = None) -> httpx.Response:
    return problem(status, "Unavailable", headers={} if after is None else {"Retry-After": after})


def found() -> httpx.Response:
    return httpx.Response(200, json=SERIES)


def written() -> httpx.Response:
    return httpx.Response(200, json=COMMITTED)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_reading_is_repeated_until_the_server_is_back(server: Server, client: Client, status: int) -> None:
    server.answers = [unavailable(status), unavailable(status), found()]
    client.get_series(KEY)
    assert len(server.requests) == 3


def test_the_server_says_when_to_come_back(server: Server, client: Client) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=20), usegmt=True)
    answers = [unavailable(after=after) for after in ("7", "0", past, date)]
    server.answers = [*answers, found()]
    client.get_series(KEY)
    assert server.pauses[:3] == [7.0, 0.0, 0.0]
    assert 15 < server.pauses[3] <= 20


def test_a_date_that_cannot_be_read_is_no_date(server: Server, client: Client) -> None:
    server.answers = [unavailable(after="soon"), found()]
    client.get_series(KEY)
    assert server.pauses[0] <= 0.25


def test_pauses_grow_where_the_server_does_not_say(server: Server, client: Client) -> None:
    server.answers = [
        unavailable(),
        httpx.ConnectError("refused"),
        unavailable(),
        httpx.ReadError("reset"),
        found(),
    ]
    client.get_series(KEY)
    longest = [0.25, 0.5, 1.0, 2.0]
    assert all(most / 2 <= pause <= most for pause, most in zip(server.pauses, longest, strict=True))


def test_patience_has_an_end(server: Server, client: Client) -> None:
    server.answers = [unavailable(after="1") for _ in range(9)]
    with pytest.raises(Unavailable) as raised:
        client.get_series(KEY)
    assert (raised.value.status, raised.value.retry_after) == (503, 1.0)
    assert len(server.requests) == 5
    server.answers = [httpx.ConnectError("refused") for _ in range(9)]
    with pytest.raises(ConnectionFailed, match="refused"):
        client.get_series(KEY)
    assert len(server.requests) == 10


def test_a_server_that_wants_to_be_left_alone_for_long_is(server: Server, client: Client) -> None:
    server.answers = [unavailable(after="3600")]
    with pytest.raises(Unavailable) as raised:
        client.get_series(KEY)
    assert raised.value.retry_after == 3600
    assert server.pauses == []


def test_nothing_is_repeated_by_who_asks_for_it(server: Server) -> None:
    server.answers = [unavailable(429, after="0")]
    with server.client(retries=0) as client, pytest.raises(Unavailable):
        client.get_series(KEY)
    with pytest.raises(ValueError, match="below zero"):
        server.client(retries=-1)


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ReadError("reset"),
        httpx.ReadTimeout("slow"),
        httpx.WriteError("reset"),
        httpx.RemoteProtocolError("cut"),
    ],
)
def test_a_deed_that_may_have_been_done_is_not_repeated(
    server: Server, client: Client, failure: Exception
) -> None:
    server.answers = [failure]
    with pytest.raises(ConnectionFailed) as raised:
        client.revert(KEY, 1)
    assert not raised.value.never_sent
    server.answers = [unavailable(after="0")]
    with pytest.raises(Unavailable):
        client.delete_series(KEY)


@pytest.mark.parametrize(
    "failure", [httpx.ConnectError("refused"), httpx.PoolTimeout("busy"), unavailable(429, "0")]
)
def test_a_deed_that_cannot_have_been_done_is_repeated(
    server: Server, client: Client, failure: httpx.Response | Exception
) -> None:
    server.answers = [failure, written()]
    assert client.revert(KEY, 1).version == 3


def test_what_the_server_refuses_is_not_tried_again(server: Server, client: Client) -> None:
    server.answers = [problem(500, "Internal error")]
    with pytest.raises(Exception, match="500 Internal error"):
        client.get_series(KEY)
    assert len(server.requests) == 1
