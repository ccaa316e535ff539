"""Lists that come page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from .decoding import decode
from .errors import UnexpectedAnswer
from .transport import Transport

T = TypeVar("T")


def pages(transport: Transport, record: type[T], path: str, params: Mapping[str, Any]) -> Iterator[T]:
    """Walks over the records of a list; each page is fetched when the one before is used up.

    Raises:
        UnexpectedAnswer: when the answer is no page, or names itself as the next one.
    """
    for items in raw_pages(transport, path, params):
        for item in items:
            yield decode(record, item)


def raw_pages(transport: Transport, path: str, params: Mapping[str, Any]) -> Iterator[list[Any]]:
    """Walks over the pages of a list, each as the JSON of its items.

    Raises:
        UnexpectedAnswer: when the answer is no page, or names itself as the next one.
    """
    cursor: str | None = None
    while True:
        page = transport.json("GET", path, params={**params, "cursor": cursor})
        if not isinstance(page, Mapping) or not isinstance(page.get("items"), list):
            raise UnexpectedAnswer(f"the answer is no page of a list: {page!r:.200}")
        yield page["items"]
        before, cursor = cursor, page.get("next_cursor")
        if cursor is None:
            return
        if cursor == before:
            raise UnexpectedAnswer(f"a page of {path} names itself as the next")
