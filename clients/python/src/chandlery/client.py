"""The client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, Unpack, overload

import httpx
import pyarrow as pa

from .backtests import BacktestCalls
from .bars import BarsQuery, expectation, range_params, read, repetition, write
from .decoding import decode
from .frames import Target, check_target, frame_of, table_of
from .imports import ImportCalls
from .keys import Key, series_key
from .pages import pages
from .records import Commit, Diff, Gap, Series, Written
from .strategies import StrategyCalls
from .sweeps import SweepCalls
from .times import AsOf, Time
from .transport import Transport, json_of

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from .frames import Frame


class Client(BacktestCalls, ImportCalls, StrategyCalls, SweepCalls):
    """Talks to one Chandlery server.

    It may be shared by threads. Close it after use, or use it as a context manager:

        with Client() as chandlery:
            bars = chandlery.bars("BINANCE:BTCUSDT/1m", start="2024-01-01")

    Every call may raise `ApiError` (or one of its kinds, `NotFound`, `Conflict`, `Invalid`, `Unavailable`) when
    the server refuses, `ConnectionFailed` when no whole answer comes, and `UnexpectedAnswer` when it is not that
    of a Chandlery server. Arguments that make no sense raise `ValueError` or `TypeError` before anything is sent.

    Reading, `write_bars`, `delete_bars`, and what else does no harm when it is done twice (checks, verifications,
    edits, undoing an import), are repeated when the connection breaks or the server is unavailable (429, 502, 503,
    504), after the time that it asks for. Other calls are repeated only when the server can't have acted on them.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8080",
        token: str | None = None,
        timeout: float | None = 60.0,
        *,
        retries: int = 4,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Makes a client; nothing is sent yet.

        Args:
            url: where the server listens, with the path below which it is served, if any.
            token: sent as `Authorization: Bearer …`.
            timeout: how long the server may be silent, in seconds; `None`: for ever. Connections get at most 10.
            retries: how often a request is repeated at most; 0: never. Pauses are at most 30 seconds each.
            transport: how requests are sent, in place of httpx's own way: for tests, and for special networks.

        Raises:
            ValueError: when `url` is no address of a server.
        """
        self._transport = Transport(url, token, timeout, retries, transport)

    def close(self) -> None:
        """Closes all connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def series(
        self,
        venue: str | None = None,
        symbol: str | None = None,
        timeframe: str | None = None,
        q: str | None = None,
        sort: str | None = None,
    ) -> Iterator[Series]:
        """Walks over the series, page by page.

        Args:
            venue: only those of this venue.
            symbol: only those of this symbol.
            timeframe: only those with bars of this length.
            q: only those whose key holds this text.
            sort: `key`, `bars`, `first`, `last`, `gaps` or `updated`; with `-` before it the other way round.
        """
        filters = {"venue": venue, "symbol": symbol, "timeframe": timeframe, "q": q, "sort": sort}
        return pages(self._transport, Series, "/series", filters)

    def get_series(self, key: Key) -> Series:
        """Returns the newest state of a series.

        Raises:
            NotFound: when there is no such series.
        """
        return decode(Series, self._transport.json("GET", series_key(key).path))

    def delete_series(
        self, key: Key, *, purge: bool = False, expected: int | None = None, reason: str | None = None
    ) -> Written | None:
        """Deletes every bar of a series, as a new version; its history stays.

        Args:
            key: which series.
            purge: remove the series with all its history, for good.
            expected: the version that the series must have.
            reason: kept with the commit.

        Returns:
            What became of it; `None` when the series was purged.

        Raises:
            NotFound: when there is no such series.
            Conflict: when the series does not have the version `expected`; nothing was deleted.
            ValueError: when a purge expects a version: it removes all of them.
        """
        if purge and expected is not None:
            raise ValueError("a purge removes every version and takes no expected one")
        params = {"purge": "true" if purge else None, "reason": reason}
        path = series_key(key).path
        answer = self._transport.send("DELETE", path, params=params, headers=expectation(expected))
        return decode(Written, json_of(answer)) if answer.content else None

    @overload
    def bars(self, key: Key, *, to: Literal["pandas"] = ..., **query: Unpack[BarsQuery]) -> pd.DataFrame: ...

    @overload
    def bars(self, key: Key, *, to: Literal["polars"], **query: Unpack[BarsQuery]) -> pl.DataFrame: ...

    @overload
    def bars(self, key: Key, *, to: Literal["arrow"], **query: Unpack[BarsQuery]) -> pa.Table: ...

    def bars(
        self,
        key: Key,
        *,
        start: Time | None = None,
        end: Time | None = None,
        as_of: AsOf | None = None,
        resample: str | None = None,
        columns: str | Iterable[str] | None = None,
        limit: int | None = None,
        order: Literal["asc", "desc"] | None = None,
        to: Target = "pandas",
    ) -> Any:
        """Reads bars.

        Args:
            key: which series.
            start: the first time inside.
            end: the first time behind.
            as_of: the state of this version, or of the last commit at or before this time; the newest if not
                given.
            resample: put together to bars of this length, such as `1h`; a column `complete` tells which are
                whole.
            columns: some of `open`, `high`, `low`, `close` and `volume`; the time is always there.
            limit: this many bars at most (of resampled ones 100,000); all of them if not given.
            order: `desc` for the newest first; resampled bars then need a `limit`.
            to: what to return.

        Returns:
            `pandas`: a DataFrame with a DatetimeIndex `time`, in UTC, to the microsecond; an unknown volume is
            NaN. `polars`: a DataFrame; an unknown volume is null. `arrow`: a `pyarrow.Table`. Which version was
            read is in `frame.attrs["chandlery"]` of pandas and, as JSON, in `table.schema.metadata[b"chandlery"]`
            of Arrow; a polars frame has no place for it.

        Raises:
            NotFound: when there is no such series or version, or the version has been pruned.
            ImportError: when the library of `to` is not installed.
        """
        check_target(to)
        series = series_key(key)
        query = BarsQuery(
            start=start, end=end, as_of=as_of, resample=resample, columns=columns, limit=limit, order=order
        )
        table, version = read(self._transport, series, query)
        return frame_of(table, to, str(series), version)

    def write_bars(
        self,
        key: Key,
        frame: Frame,
        *,
        expected: int | None = None,
        idempotency_key: str | None = None,
        reason: str | None = None,
    ) -> Written:
        """Inserts bars, or puts them in the place of those with the same time, as one commit.

        Args:
            key: which series; it is made if it is not there.
            frame: a DataFrame of pandas or polars, or a `pyarrow.Table`. Times are a `DatetimeIndex` or a column
                `time`, of the bars' opens, with a time zone, or dates. The columns are `open`, `high`, `low`,
                `close` and `volume`, in any case and order. Without `volume`, or where it is missing, it is
                unknown.
            expected: the version that the series must have; 0: it must not exist yet.
            idempotency_key: a text under which the same write, whenever it is repeated, is made once. Without
                it, one is made up for this call and its own repetitions.
            reason: kept with the commit.

        Returns:
            Whether a version was made (`committed`), all bars were there already, bit for bit (`unchanged`), or
            the write had been made before under the same key (`repeated`).

        Raises:
            Conflict: when the series does not have the version `expected`, or other bars were written under the
                same key; nothing was written.
            Invalid: when a bar breaks a rule, such as a high below the close; nothing was written.
            ValueError: when `frame` does not hold bars.
        """
        return write(
            self._transport,
            series_key(key),
            table_of(frame),
            expected=expected,
            idempotency_key=idempotency_key,
            reason=reason,
        )

    def delete_bars(
        self,
        key: Key,
        *,
        start: Time | None = None,
        end: Time | None = None,
        expected: int | None = None,
        idempotency_key: str | None = None,
        reason: str | None = None,
    ) -> Written:
        """Deletes the bars from `start` on and before `end`, as one commit; earlier versions keep them.

        To delete all of them, use `delete_series`. The other arguments are those of `write_bars`.

        Raises:
            NotFound: when there is no such series.
            Conflict: when the series does not have the version `expected`; nothing was deleted.
            ValueError: when neither `start` nor `end` is given.
        """
        if start is None and end is None:
            raise ValueError("give start, end or both; delete_series() deletes every bar")
        answer = self._transport.json(
            "DELETE",
            f"{series_key(key).path}/bars",
            repeatable=True,
            params={**range_params(start, end), "reason": reason},
            headers={**expectation(expected), **repetition(idempotency_key)},
        )
        return decode(Written, answer)

    def commits(self, key: Key) -> Iterator[Commit]:
        """Walks over the commits of a series, the newest first.

        Raises:
            NotFound: when there is no such series.
        """
        return pages(self._transport, Commit, f"{series_key(key).path}/commits", {})

    def revert(self, key: Key, version: int, reason: str | None = None, *, expected: int | None = None) -> Written:
        """Makes a new version with the contents of an earlier one.

        Args:
            key: which series.
            version: which version; 0 empties the series.
            reason: kept with the commit.
            expected: the version that the series must have.

        Raises:
            NotFound: when there is no such series or version.
            Conflict: when the series does not have the version `expected`; nothing was written.
        """
        path, body = f"{series_key(key).path}/revert", {"version": version, "reason": reason}
        return decode(Written, self._transport.json("POST", path, json=body, headers=expectation(expected)))

    def gaps(self, key: Key, *, start: Time | None = None, end: Time | None = None) -> Iterator[Gap]:
        """Walks over the bars that the series' own calendar expects and does not find.

        Args:
            key: which series.
            start: gaps that begin at this time or later.
            end: gaps that begin before this time.

        Raises:
            NotFound: when there is no such series.
        """
        return pages(self._transport, Gap, f"{series_key(key).path}/gaps", range_params(start, end))

    def diff(
        self, key: Key, from_version: int, to_version: int | None = None, *, limit: int | None = None
    ) -> Diff:
        """Compares two versions of a series.

        Args:
            key: which series.
            from_version: the earlier one; 0 is the empty series.
            to_version: the later one; the newest if not given.
            limit: this many bars are listed at most; all are counted. If not given, the server decides.

        Raises:
            NotFound: when there is no such series or version.
        """
        params = {"from": from_version, "to": to_version, "limit": limit}
        return decode(Diff, self._transport.json("GET", f"{series_key(key).path}/diff", params=params))
