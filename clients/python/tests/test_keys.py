from __future__ import annotations

import httpx
import pytest
from answers import SERIES, Server

from chandlery import Client, SeriesKey


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("BINANCE:BTCUSDT/1m", ("BINANCE", "BTCUSDT", "1m")),
        ("KRAKEN:BTC/USD/1d", ("KRAKEN", "BTC/USD", "1d")),
        ("X:A:B/1M", ("X", "A:B", "1M")),
        ("X:a//1h", ("X", "a/", "1h")),
    ],
)
def test_a_key_is_split_at_the_first_colon_and_the_last_slash(text: str, parts: tuple[str, str, str]) -> None:
    key = SeriesKey.parse(text)
    assert (key.venue, key.symbol, key.timeframe) == parts
    assert str(key) == text


@pytest.mark.parametrize("text", ["", "AAPL", "NASDAQ:AAPL", ":AAPL/1d", "NASDAQ:/1d", "NASDAQ:AAPL/", "AAPL/1d"])
def test_a_text_that_names_no_series_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="does not name a series"):
        SeriesKey.parse(text)


@pytest.mark.parametrize(
    ("symbol", "segment"),
    [
        ("BTC/USD", "BTC%2FUSD"),
        ("A%B", "A%25B"),
        ("%2F", "%252F"),
        ("ü", "%C3%BC"),
        ("A+B", "A%2BB"),
        ("a?b#c&d", "a%3Fb%23c%26d"),
        ("A:B", "A%3AB"),
        ("BRK.B", "BRK.B"),
        (".", "%2E"),
        ("..", "%2E%2E"),
    ],
)
def test_a_symbol_stays_one_segment_of_the_path(server: Server, client: Client, symbol: str, segment: str) -> None:
    server.answers = [httpx.Response(200, json=SERIES)]
    client.get_series(f"X:{symbol}/1m")
    assert server.target == f"/api/v1/series/X/{segment}/1m"


def test_a_series_may_be_named_by_its_key_or_by_what_was_listed(server: Server, client: Client) -> None:
    server.answers = [httpx.Response(200, json=SERIES) for _ in range(3)]
    series = client.get_series(SeriesKey("BINANCE", "BTCUSDT", "1m"))
    client.get_series(series)
    client.get_series("BINANCE:BTCUSDT/1m")
    assert len({request.url for request in server.requests}) == 1


def test_what_is_no_key_is_refused(client: Client) -> None:
    with pytest.raises(TypeError, match="not by int"):
        client.get_series(7)  # type: ignore[arg-type]


def test_a_path_below_which_the_server_lies_is_kept(server: Server) -> None:
    server.answers = [httpx.Response(200, json=SERIES)]
    with Client("https://example.test/prices/", transport=httpx.MockTransport(server.handle)) as client:
        client.get_series("X:A/1m")
    assert str(server.request.url) == "https://example.test/prices/api/v1/series/X/A/1m"


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "localhost", "ftp://example.test", ""])
def test_an_address_without_http_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not the address of a server"):
        Client(url)
