"""Requests on their way to the server: addresses, patience, and what an answer's status means."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx

from .errors import (
    ApiError,
    ConnectionFailed,
    Problem,
    Unavailable,
    UnexpectedAnswer,
    api_error,
)
from .version import __version__

T = TypeVar("T")

PREFIX = "/api/v1"

CONNECT_SECONDS = 10.0
"""How long a connection may take to come about, at most."""

LONGEST_WAIT_SECONDS = 30.0
"""A server that asks to come back later than this is not waited for."""

FIRST_WAIT_SECONDS = 0.25
"""How long to wait before the first repetition, where the server does not say; then twice as long each time."""

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Transport:
    """Sends requests to one server, and repeats those that can be repeated without harm."""

    def __init__(
        self,
        url: str,
        token: str | None,
        timeout: float | None,
        retries: int,
        transport: httpx.BaseTransport | None,
    ) -> None:
        address = httpx.URL(url)
        if address.scheme not in ("http", "https") or not address.host:
            raise ValueError(f"{url!r} is not the address of a server, such as http://127.0.0.1:8080")
        if retries < 0:
            raise ValueError(f"retries is a count, and {retries} is below zero")
        headers = {"User-Agent": f"chandlery-python/{__version__}"}
        if token is not None:
            headers["Authorization"] = f"Bearer {header_text('token', token)}"
        connect = CONNECT_SECONDS if timeout is None else min(timeout, CONNECT_SECONDS)
        self._retries = retries
        self._http = httpx.Client(
            base_url=address.copy_with(path=address.path.rstrip("/") + PREFIX, query=None, fragment=None),
            headers=headers,
            timeout=httpx.Timeout(timeout, connect=connect),
            transport=transport,
            # A proxy cannot reach the loopback of this machine.
            trust_env=address.host not in _LOOPBACK,
        )

    def close(self) -> None:
        """Closes all connections."""
        self._http.close()

    def json(self, method: str, path: str, *, repeatable: bool | None = None, **request: Any) -> Any:
        """Sends a request and returns the JSON of the answer. `request` is what `send` takes."""
        return json_of(self.send(method, path, repeatable=repeatable, **request))

    def send(
        self,
        method: str,
        path: str,
        *,
        repeatable: bool | None = None,
        content: Callable[[], Iterable[bytes]] | None = None,
        **request: Any,
    ) -> httpx.Response:
        """Sends a request and reads the whole answer.

        Args:
            method: such as `GET`.
            path: below the prefix of the API.
            repeatable: whether the request may be made twice; if not said, whether it only reads.
            content: makes the body, anew for each try.
            request: `params`, `json`, `headers`.

        Raises:
            ApiError: when the server answers with a problem.
            ConnectionFailed: when no whole answer comes.
        """

        def once() -> httpx.Response:
            body = None if content is None else content()
            with self.open(method, path, content=body, **request) as response:
                response.read()
                return response

        return self.attempt(once, repeatable=method == "GET" if repeatable is None else repeatable)

    @contextmanager
    def open(
        self, method: str, path: str, *, params: Mapping[str, Any] | None = None, **request: Any
    ) -> Iterator[httpx.Response]:
        """Sends a request once and gives the answer to be read inside the context.

        Raises:
            ApiError: when the server answers with a problem.
            ConnectionFailed: when no whole answer comes.
        """
        given = {name: value for name, value in (params or {}).items() if value is not None}
        try:
            with self._http.stream(method, path.lstrip("/"), params=given, **request) as response:
                if not response.is_success:
                    response.read()
                    raise error_of(response)
                yield response
        except httpx.TransportError as error:
            raise ConnectionFailed(
                f"{method} {self._http.base_url}: {str(error) or type(error).__name__}",
                never_sent=isinstance(error, _NEVER_SENT),
            ) from error
        except httpx.DecodingError as error:
            raise UnexpectedAnswer(f"the answer cannot be decompressed: {error}") from error

    def attempt(self, once: Callable[[], T], *, repeatable: bool) -> T:
        """Calls `once`, and again after failures that pass, with growing pauses.

        A request that must not be made twice is repeated only if it is certain that the server has not acted on
        it: when it was never sent, or was turned away by a limit on requests (429).
        """
        tries = 0
        while True:
            tries += 1
            pause = _pause(tries)
            try:
                return once()
            except Unavailable as error:
                again = repeatable or error.status == httpx.codes.TOO_MANY_REQUESTS
                pause = pause if error.retry_after is None else error.retry_after
                if not again or tries > self._retries or pause > LONGEST_WAIT_SECONDS:
                    raise
            except ConnectionFailed as error:
                if not (repeatable or error.never_sent) or tries > self._retries:
                    raise
            time.sleep(pause)


def json_of(response: httpx.Response) -> Any:
    """Returns the JSON of an answer.

    Raises:
        UnexpectedAnswer: when it is none.
    """
    try:
        return response.json()
    except ValueError as error:
        raise UnexpectedAnswer(f"the answer is no JSON: {response.text[:200]!r}") from error


def error_of(response: httpx.Response) -> ApiError:
    """Returns the error that an answer stands for, whether or not it explains itself as a problem."""
    after = _retry_after(response.headers.get("Retry-After"))
    try:
        document = response.json()
    except ValueError:
        document = None
    if isinstance(document, Mapping) and "title" in document:
        return api_error(Problem.from_json(document, response.status_code), after)
    title = response.reason_phrase or "The request failed"
    detail = response.text.strip()[:200] or None
    return api_error(Problem(title, response.status_code, detail=detail), after)


def header_text(name: str, value: str) -> str:
    """Checks that `value` can be sent in a header.

    Raises:
        ValueError: when it is empty or not printable ASCII.
    """
    if not value or not value.isascii() or not value.isprintable() or value != value.strip():
        raise ValueError(f"the {name} must be printable ASCII without blanks around it")
    return value


def _pause(tries: int) -> float:
    """Returns how long to wait after so many tries, in seconds; by chance, so that clients part ways."""
    longest = min(FIRST_WAIT_SECONDS * 2 ** (tries - 1), LONGEST_WAIT_SECONDS)
    return random.uniform(longest / 2, longest)


def _retry_after(text: str | None) -> float | None:
    """Reads the header: seconds, or a date."""
    if text is None:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
