"""Backtests: running strategies, and what they gave."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Literal, overload

import pyarrow as pa

from .backtest_records import Backtest, BacktestSummary, Comparison, Verification
from .decoding import decode
from .errors import BacktestFailed, BacktestUnfinished
from .frames import TIME, Target, check_target, noted_frame
from .keys import Key, segment, series_key
from .orders import CostsOrder, RunOrder, order_body, tag_list
from .pages import pages
from .results import read_equity, read_trades
from .times import AsOf, Time, time_text
from .transport import Transport
from .waiting import wait_while

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

RunStatus = Literal["queued", "running", "done", "failed", "cancelled"]

UNDER_WAY = frozenset({"queued", "running"})
FAILED = frozenset({"failed", "cancelled"})


class BacktestCalls:
    """The calls of a client that are about backtests."""

    _transport: Transport

    def run_backtest(
        self,
        strategy: str,
        series: Key,
        *,
        version: int | None = None,
        as_of: AsOf | None = None,
        start: Time | None = None,
        end: Time | None = None,
        parameters: Mapping[str, float] | None = None,
        cash: float | None = None,
        costs: CostsOrder | None = None,
        risk_free: float | None = None,
        title: str | None = None,
        notes: str | None = None,
        tags: str | Iterable[str] | None = None,
        wait: bool = True,
        timeout: float | None = None,
    ) -> Backtest:
        """Runs a strategy over a series. The versions of both are pinned at once.

        Args:
            strategy: the name of a strategy that was put.
            series: the series that is traded.
            version: the version of the strategy; the newest if not given.
            as_of: the state of the series: a version, or the last commit at or before a time; the newest if not
                given.
            start: the first time that is read; from the first bar on if not given.
            end: the first time behind what is read; up to the last bar if not given.
            parameters: values of parameters; those that are left out have their defaults.
            cash: the cash at the beginning; 10,000 if not given.
            costs: `commission_bps`, `commission_per_trade` and `slippage_bps`, each in place of the strategy's.
            risk_free: the yearly rate of money without risk, as a fraction; 0 if not given.
            title: what the backtest is called for people.
            notes: what people write about it.
            tags: what it is found by; a text alone is one tag.
            wait: return when the backtest is done, else as soon as it is queued.
            timeout: how long to wait, in seconds; `None`: as long as it takes.

        Returns:
            The backtest: `done`, with its figures; without `wait`, as far as it is.

        Raises:
            NotFound: when there is no such strategy, series or version.
            Invalid: when the order breaks a rule, such as a parameter out of its range; `errors` name the places.
            BacktestFailed: when it failed or was cancelled; see its `backtest`.
            BacktestUnfinished: when it takes longer than `timeout`; it goes on.
        """
        order = RunOrder(
            version=version,
            as_of=as_of,
            start=start,
            end=end,
            parameters=parameters,
            cash=cash,
            costs=costs,
            risk_free=risk_free,
        )
        own = {"title": title, "notes": notes, "tags": None if tags is None else tag_list(tags)}
        body = order_body(strategy, series, order, own)
        backtest = decode(Backtest, self._transport.json("POST", "/backtests", json=body))
        if not wait:
            return backtest
        backtest = wait_while(
            lambda seen: seen.status in UNDER_WAY, backtest, lambda: self.backtest(backtest.id), timeout
        )
        if backtest.status in UNDER_WAY:
            raise BacktestUnfinished(backtest)
        if backtest.status in FAILED:
            raise BacktestFailed(backtest)
        return backtest

    def backtest(self, backtest_id: str) -> Backtest:
        """Returns a backtest as it is now.

        Raises:
            NotFound: when there is no such backtest.
        """
        return decode(Backtest, self._transport.json("GET", _path(backtest_id)))

    def backtests(
        self,
        strategy: str | None = None,
        series: Key | None = None,
        *,
        version: int | None = None,
        status: RunStatus | None = None,
        tag: str | None = None,
        author: str | None = None,
        sweep: str | None = None,
        q: str | None = None,
        sort: str | None = None,
    ) -> Iterator[BacktestSummary]:
        """Walks over the backtests, page by page, the newest first if `sort` does not say otherwise.

        Args:
            strategy: only those of this strategy.
            series: only those that read this series.
            version: only those of this version of the strategy.
            status: only those with this status.
            tag: only those with this tag.
            author: only those of this author.
            sweep: only the best runs of this sweep, by its id.
            q: only those whose title, notes or strategy hold this text.
            sort: `created` or a headline figure such as `sharpe`; with `-` before it the greatest first. Those
                without the figure come last, either way.
        """
        filters = {
            "strategy": strategy,
            "series": None if series is None else str(series_key(series)),
            "version": version,
            "status": status,
            "tag": tag,
            "author": author,
            "sweep": sweep,
            "q": q,
            "sort": sort,
        }
        return pages(self._transport, BacktestSummary, "/backtests", filters)

    @overload
    def trades(self, backtest_id: str, *, to: Literal["pandas"] = ...) -> pd.DataFrame: ...

    @overload
    def trades(self, backtest_id: str, *, to: Literal["polars"]) -> pl.DataFrame: ...

    @overload
    def trades(self, backtest_id: str, *, to: Literal["arrow"]) -> pa.Table: ...

    def trades(self, backtest_id: str, *, to: Target = "pandas") -> Any:
        """Reads the closed trades of a backtest, in the order of their exits; none while it is not done.

        Args:
            backtest_id: which backtest.
            to: what to return: a DataFrame of `pandas` or `polars`, or a `pyarrow.Table` (`arrow`).

        Returns:
            A row for each trade: `number` from 1 (in pandas, the index), `side` (`long` or `short`), `units`,
            `entry_time`, `entry_price`, `exit_time`, `exit_price`, `exit_reason` (such as `rule` or `stop_loss`),
            `gross`, `costs`, `net` and `return`. Times are opens of bars, in UTC; prices have slippage in them;
            `gross` is before commissions, which are `costs`, and `net` after; `return` is `net` as a fraction of
            the value entered.

        Raises:
            NotFound: when there is no such backtest.
            ImportError: when the library of `to` is not installed.
        """
        check_target(to)
        table = read_trades(self._transport, f"{_path(backtest_id)}/trades")
        return noted_frame(table, to, "number", {"backtest": backtest_id})

    @overload
    def equity(
        self,
        backtest_id: str,
        start: Time | None = ...,
        end: Time | None = ...,
        *,
        points: int | None = ...,
        to: Literal["pandas"] = ...,
    ) -> pd.DataFrame: ...

    @overload
    def equity(
        self,
        backtest_id: str,
        start: Time | None = ...,
        end: Time | None = ...,
        *,
        points: int | None = ...,
        to: Literal["polars"],
    ) -> pl.DataFrame: ...

    @overload
    def equity(
        self,
        backtest_id: str,
        start: Time | None = ...,
        end: Time | None = ...,
        *,
        points: int | None = ...,
        to: Literal["arrow"],
    ) -> pa.Table: ...

    def equity(
        self,
        backtest_id: str,
        start: Time | None = None,
        end: Time | None = None,
        *,
        points: int | None = None,
        to: Target = "pandas",
    ) -> Any:
        """Reads the equity curve of a backtest, a point for each bar; it is empty while the backtest is not done.

        Args:
            backtest_id: which backtest.
            start: the first time inside.
            end: the first time behind.
            points: thin the curve for a chart, to this many points at most, from 2 to 100,000; its ends, peaks
                and troughs are kept. Every point if not given.
            to: what to return: a DataFrame of `pandas` or `polars`, or a `pyarrow.Table` (`arrow`).

        Returns:
            `time`, when the bars open, in UTC (in pandas, the index); `equity` at their closes; `drawdown`, 0 or
            less, as a fraction of the highest equity since the beginning of the backtest, the cash included. How
            many points there are before thinning is `total` in `frame.attrs["chandlery"]` of pandas and, as JSON,
            in `table.schema.metadata[b"chandlery"]` of Arrow.

        Raises:
            NotFound: when there is no such backtest.
            ImportError: when the library of `to` is not installed.
        """
        check_target(to)
        table, total = read_equity(self._transport, f"{_path(backtest_id)}/equity", start, end, points)
        return noted_frame(table, to, TIME, {"backtest": backtest_id, "total": total})

    def verify_backtest(self, backtest_id: str) -> Verification:
        """Runs a backtest again from what it pinned, and compares the digests. Nothing is written.

        Raises:
            NotFound: when there is no such backtest.
            Conflict: when it is not done.
        """
        answer = self._transport.json("POST", f"{_path(backtest_id)}/verify", repeatable=True)
        return decode(Verification, answer)

    def edit_backtest(
        self,
        backtest_id: str,
        *,
        title: str | EllipsisType | None = ...,
        notes: str | EllipsisType | None = ...,
        tags: str | Iterable[str] | EllipsisType = ...,
    ) -> Backtest:
        """Changes what people say about a backtest; what is left out stays as it is.

        Args:
            backtest_id: which backtest.
            title: what it is called for people; `None` for nothing.
            notes: what people write about it; `None` for nothing.
            tags: what it is found by, in place of all that it had; a text alone is one tag.

        Returns:
            The backtest as it is then.

        Raises:
            NotFound: when there is no such backtest.
            Invalid: when a text is too long, or there are too many tags.
            ValueError: when nothing is to be changed.
        """
        edit: dict[str, Any] = {"title": title, "notes": notes}
        edit["tags"] = tags if isinstance(tags, EllipsisType) else tag_list(tags)
        body = {name: value for name, value in edit.items() if value is not ...}
        if not body:
            raise ValueError("give title, notes or tags")
        return decode(Backtest, self._transport.json("PATCH", _path(backtest_id), repeatable=True, json=body))

    def cancel_backtest(self, backtest_id: str) -> Backtest:
        """Stops a backtest that is queued or running.

        Returns:
            The backtest as it is then; it may take a moment until it has stopped.

        Raises:
            NotFound: when there is no such backtest.
            Conflict: when it has ended.
        """
        return decode(Backtest, self._transport.json("POST", f"{_path(backtest_id)}/cancel"))

    def remove_backtest(self, backtest_id: str) -> None:
        """Removes a backtest with its figures, trades and equity, for good.

        Raises:
            NotFound: when there is no such backtest.
            Conflict: when it is queued or running; cancel it first.
        """
        self._transport.send("DELETE", _path(backtest_id))

    def compare_backtests(self, backtest_ids: Iterable[str]) -> Comparison:
        """Puts 2 to 20 backtests that are done side by side.

        Raises:
            NotFound: when one of them is not there.
            Conflict: when one of them is not done.
            Invalid: when there are too few or too many.
        """
        if isinstance(backtest_ids, str):
            raise TypeError("give a list of ids, not one")
        params = {"ids": ",".join(backtest_ids)}
        return decode(Comparison, self._transport.json("GET", "/backtest-comparisons", params=params))

    def record_backtest(self, document: Mapping[str, Any] | str) -> Backtest:
        """Keeps what another tool gave: its trades and equity as they are, with figures that the server computes.

        Args:
            document: a mapping, or JSON text, with `tool`, `cash`, `trades`, `equity` and a `series` or a
                `timeframe`, as the manual's page about other tools describes it. Times in a mapping may be
                datetimes with their zone, or dates.

        Raises:
            NotFound: when there is no such series or version.
            Invalid: when the document is wrong, and nothing was stored; its `errors` name the places.
            ValueError: when the document holds a number that is not finite, or a time without its zone.
        """
        text = document if isinstance(document, str) else json.dumps(document, allow_nan=False, default=_json)
        body = text.encode()
        # With its length, a document that is too large is refused before it is sent.
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        answer = self._transport.json("POST", "/recorded-backtests", headers=headers, content=lambda: (body,))
        return decode(Backtest, answer)


def _path(backtest_id: str) -> str:
    return f"/backtests/{segment(backtest_id)}"


def _json(value: object) -> str:
    if isinstance(value, date):
        return time_text(value)
    raise TypeError(f"{value!r:.100} is a {type(value).__name__}, which JSON does not have")
