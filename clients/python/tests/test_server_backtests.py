"""Backtests and sweeps, against a real server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from math import sin
from typing import Any

import pyarrow as pa
import pytest
import samples

from chandlery import (
    BacktestFailed,
    Client,
    Conflict,
    Invalid,
    NotFound,
    SweepFailed,
    SweepUnfinished,
    results,
)

CROSS = """
name = "cross"
parameters = { fast = { default = 3, min = 2 }, slow = { default = 9, min = 5 } }
[long]
enter = "crosses_above(sma(close, fast), sma(close, slow))"
exit = "crosses_below(sma(close, fast), sma(close, slow))"
"""

START = datetime(2023, 1, 2, tzinfo=UTC)
DAYS = 300

WAIT_SECONDS = 60


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url) as client:
        client.put_strategy("cross", CROSS)
        yield client


def waves(client: Client, key: str, bars: int = DAYS, step: timedelta = timedelta(days=1)) -> str:
    """Writes a series that goes up and down, and returns its key."""
    closes = [100 + 20 * sin(place / 8) + place % 7 for place in range(bars)]
    times = [START + step * place for place in range(bars)]
    client.write_bars(key, pa.table([times, closes, closes, closes, closes, [1.0] * bars], schema=samples.SCHEMA))
    return key


def until(told: Callable[[], str], wanted: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while (state := told()) != wanted:
        assert time.monotonic() < deadline, state
        time.sleep(0.05)


def test_a_backtest_lives_from_its_order_to_its_end(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    key = waves(client, "RUNS:LIFE/1d")
    end = START + timedelta(days=200)
    queued = client.run_backtest("cross", key, wait=False, tags=["life"])
    assert (queued.inputs[0].version, queued.digest, queued.metrics) == (1, None, {})
    backtest = client.run_backtest(
        "cross",
        key,
        start=START + timedelta(days=50),
        end=end,
        parameters={"slow": 11},
        cash=5_000,
        costs={"commission_bps": 10},
        risk_free=0.01,
        title="The whole life",
        tags=["life", "other"],
        timeout=WAIT_SECONDS,
    )
    assert (backtest.status, backtest.strategy, backtest.series) == ("done", "cross", (key,))
    assert backtest.parameters == {"fast": 3.0, "slow": 11.0}
    assert (backtest.cash, backtest.costs.commission_bps, backtest.period.end) == (5_000.0, 10.0, end)
    assert backtest.span is not None
    assert backtest.span.bars == 150
    sharpe = backtest.metrics["sharpe"]
    assert (sharpe.value, sharpe.unit, sharpe.reason) == (backtest.figures["sharpe"], "ratio", None)
    assert "returns" in sharpe.basis

    trades = client.trades(backtest.id)
    assert len(trades) == backtest.metrics["trades"].value
    assert trades.index.tolist() == list(range(1, len(trades) + 1))
    assert set(trades["side"]) == {"long"}
    assert (trades["entry_time"] < trades["exit_time"]).all()
    assert trades["net"].tolist() == pytest.approx((trades["gross"] - trades["costs"]).tolist())

    equity = client.equity(backtest.id)
    assert (len(equity), equity.attrs["chandlery"]["total"]) == (150, 150)
    assert equity["equity"].iloc[-1] == backtest.span.final_equity
    assert equity["drawdown"].min() == backtest.metrics["max_drawdown"].value
    thinned = client.equity(backtest.id, points=10)
    assert len(thinned) <= 10
    assert thinned.attrs["chandlery"]["total"] == 150
    part = client.equity(backtest.id, START + timedelta(days=60), START + timedelta(days=70), to="polars")
    assert part["time"].to_list() == [START + timedelta(days=day) for day in range(60, 70)]
    monkeypatch.setattr(results, "MOST_POINTS", 7)
    assert client.equity(backtest.id).equals(equity)

    verification = client.verify_backtest(backtest.id)
    assert (verification.verdict, verification.is_sound) == ("identical", True)
    assert verification.found == backtest.digest

    until(lambda: client.backtest(queued.id).status, "done")
    assert [found.id for found in client.backtests(tag="life")] == [backtest.id, queued.id]
    assert [found.id for found in client.backtests(tag="other", series=key, status="done")] == [backtest.id]
    by_figure = [found.figures["sharpe"] or 0.0 for found in client.backtests("cross", key, sort="-sharpe")]
    assert by_figure == sorted(by_figure, reverse=True)

    compared = client.compare_backtests([backtest.id, queued.id])
    assert [found.id for found in compared.backtests] == [backtest.id, queued.id]
    assert compared.parameters == {"slow": (11.0, 9.0)}
    assert {setting.name: setting.values for setting in compared.settings}["cash"] == (5_000, 10_000)
    assert not compared.same_data

    edited = client.edit_backtest(backtest.id, title=None, notes="why", tags="kept")
    assert (edited.title, edited.notes, edited.tags) == (None, "why", ("kept",))
    assert client.edit_backtest(backtest.id, title="T").notes == "why"

    with pytest.raises(Conflict):
        client.cancel_backtest(backtest.id)
    client.remove_backtest(backtest.id)
    for gone in (client.backtest, client.trades, client.equity, client.verify_backtest, client.remove_backtest):
        with pytest.raises(NotFound):
            gone(backtest.id)


def test_a_backtest_without_trades_says_why_figures_are_undefined(client: Client) -> None:
    key = waves(client, "RUNS:SHORT/1d", bars=10)
    backtest = client.run_backtest("cross", key, parameters={"slow": 400})
    win_rate = backtest.metrics["win_rate"]
    assert (win_rate.value, backtest.figures["win_rate"]) == (None, None)
    assert win_rate.reason
    assert client.trades(backtest.id, to="arrow").num_rows == 0


def test_an_order_that_cannot_be_run_is_refused_or_fails(client: Client) -> None:
    key = waves(client, "RUNS:WRONG/1d")
    with pytest.raises(NotFound):
        client.run_backtest("nobody", key)
    with pytest.raises(NotFound):
        client.run_backtest("cross", "RUNS:NOBODY/1d")
    orders: list[tuple[dict[str, Any], str]] = [
        ({"parameters": {"fast": 1}}, "/parameters/fast"),
        ({"parameters": {"fats": 3}}, "/parameters/fats"),
        ({"costs": {"commission_bps": -1}}, "/costs/commission_bps"),
        ({"cash": 0}, "/cash"),
    ]
    for order, pointer in orders:
        with pytest.raises(Invalid) as raised:
            client.run_backtest("cross", key, **order)
        assert [fault.pointer for fault in raised.value.errors] == [pointer]
    # Between two bars there is nothing, which shows when they are read.
    start = START + timedelta(days=5, hours=1)
    with pytest.raises(BacktestFailed, match="no bars") as failed:
        client.run_backtest("cross", key, start=start, end=start + timedelta(hours=1))
    assert client.backtest(failed.value.backtest.id).failure == failed.value.backtest.failure


def test_results_of_other_tools_are_kept_beside_those_of_the_engine(client: Client) -> None:
    times = [START + timedelta(days=day) for day in range(6)]
    document = {
        "tool": "paper 1.0",
        "strategy": "by hand",
        "timeframe": "1d",
        "cash": 10_000,
        "trades": [
            {
                "side": "long",
                "units": 10,
                "entry_time": times[1],
                "entry_price": 104.5,
                "exit_time": times[5],
                "exit_price": 109.25,
                "costs": 2.5,
            }
        ],
        "equity": {"time": times, "equity": [10_000, 10_019.75, 10_038.75, 10_045.75, 10_042.75, 10_045]},
    }
    backtest = client.record_backtest(document)
    assert (backtest.status, backtest.origin, backtest.tool) == ("done", "recorded", "paper 1.0")
    assert (backtest.strategy, backtest.version, backtest.inputs) == ("by hand", None, ())
    trades = client.trades(backtest.id)
    assert (trades["net"].tolist(), trades["exit_reason"].tolist()) == ([45.0], ["unknown"])
    assert client.equity(backtest.id)["equity"].tolist() == document["equity"]["equity"]  # type: ignore[index]
    assert client.verify_backtest(backtest.id).verdict == "unaltered"
    with pytest.raises(Invalid) as raised:
        client.record_backtest({**document, "cash": -1})
    assert raised.value.errors


def test_a_sweep_lives_from_its_order_to_its_end(client: Client) -> None:
    key = waves(client, "RUNS:SWEEP/1d")
    sweep = client.run_sweep(
        "cross", key, {"fast": range(2, 5), "slow": [8, 16]}, by="total_return", top=2, title="A grid"
    )
    assert (sweep.status, sweep.runs, len(sweep.rows)) == ("done", 6, 6)
    assert sweep.finished_at is not None
    place = sweep.figures.index("total_return")
    returns = [run.figures[place] or 0.0 for run in sweep.rows]
    assert returns == sorted(returns, reverse=True)

    runs = client.sweep_runs(sweep.id)
    assert runs["total_return"].tolist() == returns
    assert runs[["fast", "slow"]].to_numpy().tolist() == [list(run.parameters) for run in sweep.rows]
    assert runs["backtest"].isna().tolist() == [False, False, True, True, True, True]
    best = client.backtest(runs["backtest"][0])
    assert (best.sweep, best.figures["total_return"]) == (sweep.id, returns[0])
    assert client.verify_backtest(best.id).verdict == "identical"
    assert {found.id for found in client.backtests(sweep=sweep.id)} == set(runs["backtest"][:2])

    assert client.sweep(sweep.id, rows=1).rows == sweep.rows[:1]
    assert next(found for found in client.sweeps() if found.id == sweep.id).title == "A grid"
    with pytest.raises(Conflict):
        client.cancel_sweep(sweep.id)
    client.remove_sweep(sweep.id)
    with pytest.raises(NotFound):
        client.sweep_runs(sweep.id)
    assert client.backtest(best.id).status == "done"


def test_a_grid_that_cannot_be_run_is_refused(client: Client) -> None:
    key = waves(client, "RUNS:GRID/1d")
    with pytest.raises(Invalid) as raised:
        client.run_sweep("cross", key, {"slow": [8], "fast": [1, 3]})
    assert [fault.pointer for fault in raised.value.errors] == ["/grid/1"]
    with pytest.raises(Invalid) as raised:
        client.run_sweep("cross", key, {"slow": [8]}, by="luck")
    assert [fault.pointer for fault in raised.value.errors] == ["/by"]


def test_a_sweep_that_is_cancelled_ends_the_waiting_for_it(client: Client) -> None:
    key = waves(client, "RUNS:LONG/1m", bars=100_000, step=timedelta(minutes=1))
    grid = {"fast": range(2, 102), "slow": range(200, 400)}
    with pytest.raises(SweepUnfinished) as unfinished:
        client.run_sweep("cross", key, grid, top=0, title="too long", timeout=0.5)
    sweep = unfinished.value.sweep
    with pytest.raises(Conflict):
        client.remove_sweep(sweep.id)
    assert client.cancel_sweep(sweep.id).id == sweep.id
    until(lambda: client.sweep(sweep.id).status, "cancelled")
    assert client.sweep_runs(sweep.id).empty
    client.remove_sweep(sweep.id)

    def titled() -> list[str]:
        return [found.id for found in client.sweeps() if found.title == "waited for"]

    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(client.run_sweep, "cross", key, grid, top=0, title="waited for")
        until(lambda: str(len(titled())), "1")
        client.cancel_sweep(*titled())
        with pytest.raises(SweepFailed, match="cancelled"):
            waiting.result(WAIT_SECONDS)
    client.remove_sweep(*titled())
