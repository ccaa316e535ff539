"""Sweeps: one strategy with many sets of parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, overload

import pyarrow as pa

from .backtests import FAILED, UNDER_WAY
from .decoding import decode
from .errors import SweepFailed, SweepUnfinished
from .frames import Target, check_target, noted_frame
from .keys import Key, segment
from .orders import CostsOrder, RunOrder, order_body
from .pages import pages
from .results import read_runs
from .sweep_records import Sweep, SweepSummary
from .times import AsOf, Time
from .transport import Transport
from .waiting import wait_while

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


class SweepCalls:
    """The calls of a client that are about sweeps."""

    _transport: Transport

    def run_sweep(
        self,
        strategy: str,
        series: Key,
        grid: Mapping[str, Iterable[float]],
        *,
        by: str | None = None,
        top: int | None = None,
        version: int | None = None,
        as_of: AsOf | None = None,
        start: Time | None = None,
        end: Time | None = None,
        parameters: Mapping[str, float] | None = None,
        cash: float | None = None,
        costs: CostsOrder | None = None,
        risk_free: float | None = None,
        title: str | None = None,
        wait: bool = True,
        timeout: float | None = None,
    ) -> Sweep:
        """Runs a strategy over a series with every combination of a grid, up to 20,000.

        Args:
            strategy: the name of a strategy that was put.
            series: the series that is traded.
            grid: the values of each parameter that differs, such as `{"fast": range(5, 20), "slow": [20, 50]}`.
            by: the figure that the runs are sorted by, the best one first; `sharpe` if not given.
            top: how many of the best runs are stored whole, as backtests, up to 100; 20 if not given.
            version: the version of the strategy; the newest if not given.
            as_of: the state of the series: a version, or the last commit at or before a time; the newest if not
                given.
            start: the first time that is read; from the first bar on if not given.
            end: the first time behind what is read; up to the last bar if not given.
            parameters: values of parameters that do not differ; those that are left out have their defaults.
            cash: the cash at the beginning of each run; 10,000 if not given.
            costs: `commission_bps`, `commission_per_trade` and `slippage_bps`, each in place of the strategy's.
            risk_free: the yearly rate of money without risk, as a fraction; 0 if not given.
            title: what the sweep is called for people.
            wait: return when the sweep is done, else as soon as it is queued.
            timeout: how long to wait, in seconds; `None`: as long as it takes.

        Returns:
            The sweep: `done`, with all its runs; without `wait`, as far as it is.

        Raises:
            NotFound: when there is no such strategy, series or version.
            Invalid: when the order breaks a rule, such as a grid that is too large; `errors` name the places.
            SweepFailed: when it failed or was cancelled; see its `sweep`.
            SweepUnfinished: when it takes longer than `timeout`; it goes on.
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
        axes = [{"name": name, "values": [float(value) for value in values]} for name, values in grid.items()]
        body = order_body(strategy, series, order, {"grid": axes, "by": by, "top": top, "title": title})
        sweep = decode(Sweep, self._transport.json("POST", "/sweeps", json=body))
        if not wait:
            return sweep
        sweep = wait_while(
            lambda seen: seen.status in UNDER_WAY, sweep, lambda: self.sweep(sweep.id, rows=0), timeout
        )
        if sweep.status in UNDER_WAY:
            raise SweepUnfinished(sweep)
        if sweep.status in FAILED:
            raise SweepFailed(sweep)
        return self.sweep(sweep.id)

    def sweep(self, sweep_id: str, *, rows: int | None = None) -> Sweep:
        """Returns a sweep as it is now.

        Args:
            sweep_id: which sweep.
            rows: how many of its runs, the best ones; 0 tells how far it is and no more. All if not given.

        Raises:
            NotFound: when there is no such sweep.
        """
        return decode(Sweep, self._transport.json("GET", _path(sweep_id), params={"rows": rows}))

    def sweeps(self) -> Iterator[SweepSummary]:
        """Walks over the sweeps, the newest first, page by page."""
        return pages(self._transport, SweepSummary, "/sweeps", {})

    @overload
    def sweep_runs(self, sweep_id: str, *, to: Literal["pandas"] = ...) -> pd.DataFrame: ...

    @overload
    def sweep_runs(self, sweep_id: str, *, to: Literal["polars"]) -> pl.DataFrame: ...

    @overload
    def sweep_runs(self, sweep_id: str, *, to: Literal["arrow"]) -> pa.Table: ...

    def sweep_runs(self, sweep_id: str, *, to: Target = "pandas") -> Any:
        """Reads the runs of a sweep, the best one first; none while it is not done.

        Args:
            sweep_id: which sweep.
            to: what to return: a DataFrame of `pandas` or `polars`, or a `pyarrow.Table` (`arrow`).

        Returns:
            A row for each run: a column for each parameter of the grid, by its name, or as `parameters.NAME`
            where another column is called so; one for each figure, by its name; `refused`, why these parameters
            could not be run; and `backtest`, the id of the backtest that holds the run whole. What a run does
            not have is missing: NaN or `None` in pandas, else null.

        Raises:
            NotFound: when there is no such sweep.
            ImportError: when the library of `to` is not installed.
        """
        check_target(to)
        sweep = self.sweep(sweep_id, rows=0)
        table = read_runs(self._transport, f"{_path(sweep_id)}/runs", sweep)
        return noted_frame(table, to, None, {"sweep": sweep_id})

    def cancel_sweep(self, sweep_id: str) -> Sweep:
        """Stops a sweep that is queued or running.

        Returns:
            The sweep as it is then; it may take a moment until it has stopped.

        Raises:
            NotFound: when there is no such sweep.
            Conflict: when it has ended.
        """
        return decode(Sweep, self._transport.json("POST", f"{_path(sweep_id)}/cancel"))

    def remove_sweep(self, sweep_id: str) -> None:
        """Removes a sweep with its runs; the backtests of the best ones stay.

        Raises:
            NotFound: when there is no such sweep.
            Conflict: when it is queued or running; cancel it first.
        """
        self._transport.send("DELETE", _path(sweep_id))


def _path(sweep_id: str) -> str:
    return f"/sweeps/{segment(sweep_id)}"
