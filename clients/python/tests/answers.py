"""A server of prepared answers, and the documents that they are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pyarrow as pa

from chandlery import Client
from chandlery.arrow_stream import write_stream

SERIES = {
    "key": "BINANCE:BTCUSDT/1m",
    "venue": "BINANCE",
    "symbol": "BTCUSDT",
    "timeframe": "1m",
    "version": 3,
    "bars": 1440,
    "first": "2024-01-01T00:00:00Z",
    "last": "2024-01-01T23:59:00Z",
    "gaps": 0,
    "bytes": 9001,
    "digest": "cfd7dff4b86b14c4afb87229c9082680",
    "updated_at": "2024-06-01T12:00:00.25Z",
    "id": "01a20335-a382-7502-b4e8-c126ffad1159",
}

COMMIT = {
    "version": 3,
    "kind": "upsert",
    "author": "local:ada",
    "reason": "a correction",
    "import_id": None,
    "source_name": None,
    "source_sha256": None,
    "inserted": 1,
    "changed": 2,
    "deleted": 0,
    "bars": 1440,
    "digest": "cfd7dff4b86b14c4afb87229c9082680",
    "committed_at": "2024-06-01T12:00:00.25Z",
}

COMMITTED = {"outcome": "committed", "version": 3, "commit": COMMIT}

Answer = httpx.Response | Exception


@dataclass
class Server:
    """Answers with what the test has put down, in turn, and remembers what it was asked."""

    answers: list[Answer | Callable[[httpx.Request], Answer]] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.bodies.append(request.read())
        answer = self.answers.pop(0)
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, **options: Any) -> Client:
        return Client("http://chandlery.test", transport=httpx.MockTransport(self.handle), **options)

    @property
    def request(self) -> httpx.Request:
        """The only request."""
        (request,) = self.requests
        return request

    @property
    def target(self) -> str:
        """Path and query of the only request, as they go over the wire."""
        return self.request.url.raw_path.decode()


def problem(status: int, title: str, *, headers: dict[str, str] | None = None, **members: Any) -> httpx.Response:
    document = {"type": "about:blank", "title": title, "status": status, "request_id": "r-1", **members}
    headers = {"Content-Type": "application/problem+json", **(headers or {})}
    return httpx.Response(status, json=document, headers=headers)


def bars(table: pa.Table, version: int = 3) -> httpx.Response:
    headers = {"Chandlery-Version": str(version), "Content-Type": "application/vnd.apache.arrow.stream"}
    return httpx.Response(200, content=write_stream(table), headers=headers)
