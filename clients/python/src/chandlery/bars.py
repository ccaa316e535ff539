"""Reading and writing the bars of a series."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Literal, TypedDict

import pyarrow as pa

from .arrow_stream import MEDIA_TYPE, read_stream, stream_bytes, write_stream
from .decoding import decode
from .errors import UnexpectedAnswer
from .keys import SeriesKey
from .records import Written
from .times import AsOf, Time, as_of_text, time_text
from .transport import Transport, header_text

VERSION_HEADER = "Chandlery-Version"


class BarsQuery(TypedDict, total=False):
    """Which bars are read, and how; see `Client.bars`."""

    start: Time | None
    end: Time | None
    as_of: AsOf | None
    resample: str | None
    columns: str | Iterable[str] | None
    limit: int | None
    order: Literal["asc", "desc"] | None


def range_params(start: Time | None, end: Time | None) -> dict[str, str | None]:
    """Returns the query for the times from `start` on and before `end`."""
    return {
        "start": None if start is None else time_text(start),
        "end": None if end is None else time_text(end),
    }


def read(transport: Transport, series: SeriesKey, query: BarsQuery) -> tuple[pa.Table, int]:
    """Reads bars as they arrive, and returns them with the version that they are of.

    A reading that breaks off is begun anew.
    """
    as_of, columns = query.get("as_of"), query.get("columns")
    params = {
        **range_params(query.get("start"), query.get("end")),
        "as_of": None if as_of is None else as_of_text(as_of),
        "resample": query.get("resample"),
        "columns": columns if columns is None or isinstance(columns, str) else ",".join(columns),
        "limit": query.get("limit"),
        "order": query.get("order"),
        "format": "arrow",
    }
    # Compression costs more time than it saves on doubles, and httpx would ask for it.
    headers = {"Accept": MEDIA_TYPE, "Accept-Encoding": "identity"}

    def once() -> tuple[pa.Table, int]:
        with transport.open("GET", f"{series.path}/bars", params=params, headers=headers) as response:
            version = _version(response.headers.get(VERSION_HEADER))
            return read_stream(response.iter_bytes()), version

    return transport.attempt(once, repeatable=True)


def write(
    transport: Transport,
    series: SeriesKey,
    table: pa.Table,
    *,
    expected: int | None,
    idempotency_key: str | None,
    reason: str | None,
) -> Written:
    """Writes a table of bars as one commit, under a key that makes it harmless to send it twice."""
    # With its length, a body that is too large is refused before it is sent, and not somewhere in between.
    body = {"Content-Type": MEDIA_TYPE, "Content-Length": str(stream_bytes(table))}
    answer = transport.json(
        "PUT",
        f"{series.path}/bars",
        repeatable=True,
        params={"reason": reason},
        headers={**body, **expectation(expected), **repetition(idempotency_key)},
        content=lambda: write_stream(table),
    )
    return decode(Written, answer)


def expectation(version: int | None) -> dict[str, str]:
    """Returns the header that makes a write depend on the version of the series.

    Raises:
        ValueError: when `version` is negative.
        TypeError: when it is no number.
    """
    if version is None:
        return {}
    if isinstance(version, bool) or not isinstance(version, int):
        raise TypeError(f"a version is a number, not {version!r}")
    if version < 0:
        raise ValueError(f"versions count from 0, and {version} is below")
    return {"If-Match": f'"v{version}"'}


def repetition(idempotency_key: str | None) -> dict[str, str]:
    """Returns the header under which a write may be repeated; if no key is given, with a new one.

    Raises:
        ValueError: when the key cannot be sent.
    """
    key = uuid.uuid4().hex if idempotency_key is None else header_text("idempotency_key", idempotency_key)
    return {"Idempotency-Key": key}


def _version(text: str | None) -> int:
    if text is None or not text.isdigit():
        raise UnexpectedAnswer(f"the answer does not say its version in {VERSION_HEADER}, but {text!r}")
    return int(text)
