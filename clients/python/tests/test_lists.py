from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from itertools import islice

import httpx
import pytest
from answers import COMMIT, SERIES, Server

from chandlery import Client, UnexpectedAnswer


def page(*items: dict[str, object], following: str | None = None) -> httpx.Response:
    return httpx.Response(200, json={"items": list(items), "next_cursor": following})


def test_a_list_is_walked_over_all_its_pages(server: Server, client: Client) -> None:
    server.answers = [
        page(SERIES, {**SERIES, "key": "X:B/1m"}, following="a=+/&b"),
        page(following="c"),
        page({**SERIES, "key": "X:C/1m"}),
    ]
    keys = [series.key for series in client.series(venue="BINANCE", q="ü", sort="-bars")]
    assert keys == ["BINANCE:BTCUSDT/1m", "X:B/1m", "X:C/1m"]
    queries = [dict(request.url.params) for request in server.requests]
    filters = {"venue": "BINANCE", "q": "ü", "sort": "-bars"}
    assert queries == [filters, {**filters, "cursor": "a=+/&b"}, {**filters, "cursor": "c"}]


def test_pages_that_nobody_looks_at_are_not_fetched(server: Server, client: Client) -> None:
    server.answers = [page(SERIES, SERIES, following="more")]
    assert len(list(islice(client.series(), 2))) == 2
    assert len(server.requests) == 1


def test_a_list_that_goes_round_in_a_circle_is_given_up(server: Server, client: Client) -> None:
    server.answers = [page(SERIES, following="a"), page(SERIES, following="a")]
    with pytest.raises(UnexpectedAnswer, match="names itself"):
        list(client.series())


def test_a_series_is_a_value_with_times_in_utc(server: Server, client: Client) -> None:
    server.answers = [page(SERIES, {**SERIES, "bars": 0, "first": None, "last": None, "new": "unheard of"})]
    series, empty = client.series()
    assert series.first == datetime(2024, 1, 1, tzinfo=UTC)
    assert series.updated_at == datetime(2024, 6, 1, 12, 0, 0, 250_000, tzinfo=UTC)
    assert (empty.first, empty.last) == (None, None)
    with pytest.raises(FrozenInstanceError):
        series.version = 7  # type: ignore[misc]


def test_what_may_be_none_may_be_missing(server: Server, client: Client) -> None:
    server.answers = [page({name: value for name, value in COMMIT.items() if value is not None})]
    (commit,) = client.commits("X:A/1d")
    assert (commit.import_id, commit.source_name) == (None, None)


def test_commits_are_listed_below_their_series(server: Server, client: Client) -> None:
    server.answers = [page(COMMIT, following="x"), page({**COMMIT, "version": 2, "reason": None})]
    assert [(commit.version, commit.reason) for commit in client.commits("KRAKEN:BTC/USD/1d")] == [
        (3, "a correction"),
        (2, None),
    ]
    assert server.requests[1].url.raw_path == b"/api/v1/series/KRAKEN/BTC%2FUSD/1d/commits?cursor=x"


def test_gaps_are_listed_for_a_range(server: Server, client: Client) -> None:
    server.answers = [page({"first": "2024-07-04T00:00:00Z", "last": "2024-07-05T00:00:00Z", "missing": 2})]
    (gap,) = client.gaps("X:A/1d", start="2024-01-01", end=datetime(2025, 1, 1, tzinfo=UTC))
    assert (gap.first.day, gap.last.day, gap.missing) == (4, 5, 2)
    assert server.target == "/api/v1/series/X/A/1d/gaps?start=2024-01-01&end=2025-01-01T00%3A00%3A00Z"


def test_wrong_arguments_are_told_before_the_walk_begins(client: Client) -> None:
    with pytest.raises(ValueError, match="does not name a series"):
        client.commits("AAPL")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"items": None}),
        httpx.Response(200, json={"items": [3], "next_cursor": None}),
        page({**SERIES, "version": "3"}),
        page({**SERIES, "version": True}),
        page({**SERIES, "first": "yesterday"}),
        page({name: value for name, value in SERIES.items() if name != "digest"}),
    ],
)
def test_an_answer_of_another_shape_is_no_list(server: Server, client: Client, answer: httpx.Response) -> None:
    server.answers = [answer]
    with pytest.raises(UnexpectedAnswer):
        list(client.series())
