"""A client and the server of prepared answers that it talks to; and a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from answers import Server
from process import running

from chandlery import Client


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    monkeypatch.setattr("time.sleep", server.pauses.append)
    return server


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with server.client() as client:
        yield client


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server."""
    with running(tmp_path_factory.mktemp("server")) as url:
        yield url
