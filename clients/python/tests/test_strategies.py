from __future__ import annotations

import httpx
import pytest
from answers import Server, problem

from chandlery import Client, Invalid

VERSION = {
    "name": "rise",
    "title": None,
    "version": 3,
    "digest": "ab" * 32,
    "author": "local:ada",
    "note": "a longer average",
    "saved_at": "2024-06-01T12:00:00Z",
}
DOCUMENT = {"name": "rise", "long": {"enter": "close > open"}}
STRATEGY = {**VERSION, "document": DOCUMENT}


def test_strategies_are_listed(server: Server, client: Client) -> None:
    server.answers = [httpx.Response(200, json={"items": [VERSION], "next_cursor": None})]
    (found,) = client.strategies("ri", removed=True)
    assert server.target == "/api/v1/strategies?q=ri&removed=true"
    assert (found.name, found.version, found.note) == ("rise", 3, "a longer average")


def test_versions_are_listed(server: Server, client: Client) -> None:
    server.answers = [httpx.Response(200, json={"items": [VERSION], "next_cursor": None})]
    (found,) = client.strategy_versions("rise")
    assert server.target == "/api/v1/strategies/rise/versions"
    assert found.title is None


@pytest.mark.parametrize(("version", "path"), [(None, "rise"), (3, "rise/versions/3")])
def test_a_strategy_is_read_in_any_version(
    server: Server, client: Client, version: int | None, path: str
) -> None:
    server.answers = [httpx.Response(200, json=STRATEGY)]
    found = client.get_strategy("rise", version)
    assert server.target == f"/api/v1/strategies/{path}"
    assert found.document == DOCUMENT


@pytest.mark.parametrize(
    ("document", "kind"), [(DOCUMENT, "application/json"), ("name = 'rise'", "application/toml")]
)
def test_documents_are_sent_as_they_are_given(
    server: Server, client: Client, document: dict[str, object] | str, kind: str
) -> None:
    server.answers = [httpx.Response(200, json={"outcome": "saved", "strategy": STRATEGY})]
    saved = client.put_strategy("rise", document, note="n", expected=2)
    assert (server.request.method, server.target) == ("PUT", "/api/v1/strategies/rise?note=n")
    assert server.request.headers["Content-Type"] == kind
    assert server.request.headers["If-Match"] == '"v2"'
    assert (saved.outcome, saved.strategy.version) == ("saved", 3)


def test_a_check_tells_what_is_needed_or_every_mistake(server: Server, client: Client) -> None:
    checked = {
        "name": "rise",
        "digest": "ab" * 32,
        "warm_up": 0,
        "columns": ["open", "close"],
        "canonical": "{}",
        "document": DOCUMENT,
    }
    server.answers = [httpx.Response(200, json=checked), problem(422, "invalid")]
    found = client.check_strategy(DOCUMENT)
    assert (found.warm_up, found.columns) == (0, ("open", "close"))
    with pytest.raises(Invalid):
        client.check_strategy("name = ")


def test_a_strategy_is_removed(server: Server, client: Client) -> None:
    server.answers = [httpx.Response(204)]
    client.remove_strategy("rise", expected=3)
    assert (server.request.method, server.target) == ("DELETE", "/api/v1/strategies/rise")
    assert server.request.headers["If-Match"] == '"v3"'
