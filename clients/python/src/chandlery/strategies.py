"""Strategies: documents of rules, and their versions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .bars import expectation
from .decoding import decode
from .keys import segment
from .pages import pages
from .records import CheckedStrategy, SavedStrategy, Strategy, StrategyVersion
from .transport import Transport


class StrategyCalls:
    """The calls of a client that are about strategies.

    A document is a mapping, as the server returns it, or TOML text.
    """

    _transport: Transport

    def strategies(self, q: str | None = None, *, removed: bool = False) -> Iterator[StrategyVersion]:
        """Walks over the newest version of each strategy, by name, page by page.

        Args:
            q: only those whose name holds this text.
            removed: those that are removed, in the place of those in use.
        """
        params = {"q": q, "removed": "true" if removed else None}
        return pages(self._transport, StrategyVersion, "/strategies", params)

    def get_strategy(self, name: str, version: int | None = None) -> Strategy:
        """Returns a strategy in its newest version, or in an earlier one.

        Raises:
            NotFound: when there is no such strategy or version. A removed strategy has its versions only.
        """
        path = _path(name) if version is None else f"{_path(name)}/versions/{version}"
        return decode(Strategy, self._transport.json("GET", path))

    def strategy_versions(self, name: str) -> Iterator[StrategyVersion]:
        """Walks over the versions of a strategy, removed or not, the newest first."""
        return pages(self._transport, StrategyVersion, f"{_path(name)}/versions", {})

    def check_strategy(self, document: Mapping[str, Any] | str) -> CheckedStrategy:
        """Checks a document and saves nothing.

        Raises:
            Invalid: when the document is wrong; its `errors` name every mistake.
        """
        answer = self._transport.json("POST", "/strategy-checks", repeatable=True, **_sent(document))
        return decode(CheckedStrategy, answer)

    def put_strategy(
        self,
        name: str,
        document: Mapping[str, Any] | str,
        *,
        note: str | None = None,
        expected: int | None = None,
    ) -> SavedStrategy:
        """Saves a document as the next version of a strategy, or as a new strategy.

        Args:
            name: which strategy; the name in the document.
            document: the document.
            note: what the version is about.
            expected: the version that the strategy must have; 0: there must be none.

        Returns:
            What became of it: `unchanged` when the newest version says the same.

        Raises:
            Invalid: when the document is wrong; its `errors` name every mistake.
            Conflict: when the strategy does not have the version `expected`; nothing was saved.
        """
        request = _sent(document)
        request["headers"].update(expectation(expected))
        answer = self._transport.json("PUT", _path(name), params={"note": note}, **request)
        return decode(SavedStrategy, answer)

    def remove_strategy(self, name: str, *, expected: int | None = None) -> None:
        """Takes a strategy out of use; its versions stay readable.

        Raises:
            NotFound: when there is no such strategy.
            Conflict: when the strategy does not have the version `expected`; nothing was removed.
        """
        self._transport.send("DELETE", _path(name), headers=expectation(expected))


def _path(name: str) -> str:
    return f"/strategies/{segment(name)}"


def _sent(document: Mapping[str, Any] | str) -> dict[str, Any]:
    if isinstance(document, str):
        kind, text = "application/toml", document
    else:
        kind, text = "application/json", json.dumps(document, allow_nan=False)
    body = text.encode()
    headers = {"Content-Type": kind, "Content-Length": str(len(body))}
    return {"content": lambda: (body,), "headers": headers}
