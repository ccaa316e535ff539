from __future__ import annotations

import json
import pickle
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pandas as pd
import polars as pl
import pytest
from answers import Server, problem

from chandlery import (
    BacktestFailed,
    BacktestUnfinished,
    ChandleryError,
    Client,
    Costs,
    Invalid,
    Period,
    UnexpectedAnswer,
)

ID = "01a22686-1706-7069-bb71-dd8f0581c9c2"
OTHER = "01a22686-1c20-70d8-b194-0f04dbc73434"
KEY = "SYNTHETIC:ALPHA/1d"

SUMMARY = {
    "id": ID,
    "status": "queued",
    "origin": "engine",
    "tool": None,
    "strategy": "cross",
    "version": 1,
    "series": [KEY],
    "parameters": {"fast": 5, "slow": 20.5},
    "title": None,
    "tags": ["first"],
    "author": "local:ada",
    "created_at": "2024-06-01T12:00:00.25Z",
    "finished_at": None,
    "sweep": None,
    "digest": None,
    "figures": {},
}
QUEUED = {
    **SUMMARY,
    "notes": None,
    "inputs": [{"series": KEY, "version": 3, "digest": "cfd7", "newest": None, "changed": False}],
    "period": {"start": "2024-01-01T00:00:00Z", "end": None},
    "cash": 10000,
    "costs": {"commission_bps": 0, "commission_per_trade": 1.5, "slippage_bps": 2},
    "sessions_per_year": 252,
    "zone": "America/New_York",
    "risk_free": 0,
    "span": None,
    "engine": None,
    "metrics": {},
    "progress": {"worker": None, "done": 0, "total": 0, "is_cancelled": False},
    "failure": None,
}
RUNNING = {**QUEUED, "status": "running"}
DONE = {
    **QUEUED,
    "status": "done",
    "finished_at": "2024-06-01T12:00:01Z",
    "digest": "84" * 32,
    "figures": {"sharpe": None, "trades": 0},
    "span": {
        "first": "2024-01-02T00:00:00Z",
        "last": "2024-01-05T00:00:00Z",
        "bars": 4,
        "warm_up": 1,
        "final_equity": 10000,
    },
    "engine": "0.1.0",
    "metrics": {
        "sharpe": {
            "value": None,
            "basis": "returns per bar, N = 252",
            "reason": "the returns do not vary",
            "unit": "ratio",
            "formula": "mean ÷ std",
        },
        "trades": {"value": 0, "basis": "closed trades", "unit": "count", "formula": "how many"},
    },
    "progress": None,
}
FAILED = {**QUEUED, "status": "failed", "failure": f"{KEY} has no bars in that period"}
CANCELLED = {**QUEUED, "status": "cancelled"}

TRADE = {
    "number": 1,
    "side": "long",
    "units": 10,
    "entry_time": "2024-01-02T00:00:00Z",
    "entry_price": 100.5,
    "exit_time": "2024-01-05T14:30:00.25Z",
    "exit_price": 99,
    "exit_reason": "stop_loss",
    "gross": -15,
    "costs": 2,
    "net": -17,
    "return": -17 / 1005,
}


def answer(document: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=document)


def curve(days: list[int], total: int | None = None) -> httpx.Response:
    """The equity of some days of January, which is a hundred for each."""
    return answer(
        {
            "time": [f"2024-01-{day:02}T00:00:00Z" for day in days],
            "equity": [100 * day for day in days],
            "drawdown": [0 for _ in days],
            "total": len(days) if total is None else total,
        }
    )


def test_an_order_says_what_is_given_and_no_more(server: Server, client: Client) -> None:
    server.answers = [answer(QUEUED, 202), answer(QUEUED, 202)]
    client.run_backtest("cross", KEY, wait=False)
    assert (server.requests[0].method, server.requests[0].url.path) == ("POST", "/api/v1/backtests")
    assert json.loads(server.bodies[0]) == {"strategy": "cross", "series": KEY}
    client.run_backtest(
        "cross",
        KEY,
        version=2,
        as_of=datetime(2024, 6, 1, tzinfo=UTC),
        start="2024-01-01",
        end=date(2024, 3, 1),
        parameters={"fast": 3},
        cash=5_000,
        costs={"commission_bps": 0},
        risk_free=0.02,
        title="T",
        notes="N",
        tags="one",
        wait=False,
    )
    assert json.loads(server.bodies[1]) == {
        "strategy": "cross",
        "version": 2,
        "series": KEY,
        "as_of": "2024-06-01T00:00:00Z",
        "start": "2024-01-01",
        "end": "2024-03-01",
        "parameters": {"fast": 3.0},
        "cash": 5000,
        "costs": {"commission_bps": 0},
        "risk_free": 0.02,
        "title": "T",
        "notes": "N",
        "tags": ["one"],
    }
    assert server.pauses == []


def test_parameters_may_be_any_numbers(server: Server, client: Client) -> None:
    server.answers = [answer(QUEUED, 202)]
    client.run_backtest("cross", KEY, parameters={"fast": pd.Series([3])[0]}, tags={"one"}, wait=False)
    assert json.loads(server.bodies[0])["parameters"] == {"fast": 3.0}


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ({"parameters": {"fast": float("nan")}}, "not JSON compliant"),
        ({"cash": float("inf")}, "not JSON compliant"),
        ({"start": "soon"}, "'soon' is not a time"),
        ({"end": datetime(2024, 1, 1)}, "no time zone"),
        ({"as_of": -1}, "count from 0"),
    ],
)
def test_an_order_that_makes_no_sense_is_not_sent(
    server: Server, client: Client, order: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        client.run_backtest("cross", KEY, **order)
    assert server.requests == []


def test_a_backtest_is_waited_for_with_growing_pauses(server: Server, client: Client) -> None:
    server.answers = [answer(QUEUED, 202), *[answer(RUNNING)] * 10, answer(DONE)]
    backtest = client.run_backtest("cross", KEY)
    assert server.requests[-1].url.path == f"/api/v1/backtests/{ID}"
    assert server.pauses == sorted(server.pauses)
    assert (server.pauses[0], server.pauses[-1]) == (0.1, 2.0)
    assert (backtest.status, backtest.parameters) == ("done", {"fast": 5.0, "slow": 20.5})
    assert backtest.period == Period(datetime(2024, 1, 1, tzinfo=UTC), None)
    assert backtest.costs == Costs(0.0, 1.5, 2.0)
    assert (backtest.inputs[0].version, backtest.inputs[0].newest) == (3, None)
    assert backtest.span is not None
    assert (backtest.span.bars, backtest.span.final_equity) == (4, 10_000.0)
    assert backtest.figures == {"sharpe": None, "trades": 0.0}
    sharpe, trades = backtest.metrics["sharpe"], backtest.metrics["trades"]
    assert (sharpe.value, sharpe.reason) == (None, "the returns do not vary")
    assert sharpe.basis == "returns per bar, N = 252"
    assert (trades.value, trades.reason, trades.unit) == (0.0, None, "count")


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (FAILED, f"backtest {ID} failed: {KEY} has no bars in that period"),
        (CANCELLED, f"backtest {ID} cancelled"),
    ],
)
def test_a_backtest_that_comes_to_nothing_is_an_error(
    server: Server, client: Client, document: dict[str, Any], text: str
) -> None:
    server.answers = [answer(QUEUED, 202), answer(document)]
    with pytest.raises(BacktestFailed) as raised:
        client.run_backtest("cross", KEY)
    assert str(raised.value) == text
    assert raised.value.backtest.status == document["status"]
    again = pickle.loads(pickle.dumps(raised.value))
    assert (type(again), again.backtest) == (BacktestFailed, raised.value.backtest)


def test_a_backtest_that_takes_too_long_goes_on(server: Server, client: Client) -> None:
    server.answers = [answer(QUEUED, 202)]
    with pytest.raises(BacktestUnfinished, match="is still queued") as raised:
        client.run_backtest("cross", KEY, timeout=0)
    assert isinstance(raised.value, TimeoutError)
    assert isinstance(raised.value, ChandleryError)
    assert raised.value.backtest.progress is not None
    assert [request.method for request in server.requests] == ["POST"]


def test_an_order_is_not_made_twice(server: Server, client: Client) -> None:
    server.answers = [httpx.ReadError("connection reset")]
    with pytest.raises(ChandleryError, match="connection reset"):
        client.run_backtest("cross", KEY)
    assert len(server.requests) == 1


def test_an_order_that_breaks_a_rule_is_invalid(server: Server, client: Client) -> None:
    fault = {"pointer": "/parameters/fast", "rule": "bad-document", "message": "at least 2"}
    server.answers = [problem(422, "Invalid", errors=[fault])]
    with pytest.raises(Invalid) as raised:
        client.run_backtest("cross", KEY, parameters={"fast": 1})
    assert [fault.pointer for fault in raised.value.errors] == ["/parameters/fast"]


def test_backtests_are_listed_page_by_page(server: Server, client: Client) -> None:
    server.answers = [
        answer({"items": [SUMMARY], "next_cursor": "x"}),
        answer({"items": [{**SUMMARY, "id": OTHER}], "next_cursor": None}),
    ]
    found = list(
        client.backtests("cross", KEY, status="done", tag="a b", author="local:ada", version=1, sort="-sharpe")
    )
    assert [backtest.id for backtest in found] == [ID, OTHER]
    assert dict(server.requests[1].url.params) == {
        "strategy": "cross",
        "series": KEY,
        "version": "1",
        "status": "done",
        "tag": "a b",
        "author": "local:ada",
        "sort": "-sharpe",
        "cursor": "x",
    }


def test_trades_are_a_frame_of_all_pages(server: Server, client: Client) -> None:
    server.answers = [
        answer({"items": [TRADE], "next_cursor": "x"}),
        answer({"items": [{**TRADE, "number": 2, "side": "short"}], "next_cursor": None}),
    ]
    frame = client.trades(ID)
    assert server.requests[0].url.path == f"/api/v1/backtests/{ID}/trades"
    assert dict(server.requests[1].url.params) == {"limit": "10000", "cursor": "x"}
    assert (frame.index.name, frame.index.tolist()) == ("number", [1, 2])
    assert frame["side"].tolist() == ["long", "short"]
    assert frame["exit_time"].dtype == pd.DatetimeTZDtype("us", "UTC")
    assert type(frame["exit_time"].dt.tz) is type(pd.DatetimeIndex([], tz="UTC").tz)
    assert frame["exit_time"].iloc[0] == datetime(2024, 1, 5, 14, 30, 0, 250_000, tzinfo=UTC)
    numbers = frame[["units", "exit_price", "net", "return"]].to_numpy().tolist()
    assert numbers == [[10.0, 99.0, -17.0, -17 / 1005]] * 2
    assert frame.attrs == {"chandlery": {"backtest": ID}}


def test_a_frame_without_trades_keeps_its_types(server: Server, client: Client) -> None:
    server.answers = [answer({"items": [], "next_cursor": None})] * 3
    whole = client.trades(ID, to="arrow")
    assert whole.column_names == list(TRADE)
    assert json.loads(whole.schema.metadata[b"chandlery"]) == {"backtest": ID}
    assert client.trades(ID, to="polars").schema["entry_time"] == pl.Datetime("us", "UTC")
    frame = client.trades(ID)
    assert (len(frame), str(frame["entry_time"].dtype)) == (0, "datetime64[us, UTC]")


def test_equity_is_a_frame_by_time(server: Server, client: Client) -> None:
    server.answers = [curve([2, 5], total=4)]
    frame = client.equity(ID, "2024-01-01", "2024-02-01", points=2)
    assert server.target == f"/api/v1/backtests/{ID}/equity?start=2024-01-01&end=2024-02-01&points=2"
    assert isinstance(frame.index, pd.DatetimeIndex)
    assert (frame.index.name, str(frame.index.tz), frame.index.unit) == ("time", "UTC", "us")
    assert (frame["equity"].tolist(), frame["drawdown"].tolist()) == ([200.0, 500.0], [0.0, 0.0])
    assert frame.attrs == {"chandlery": {"backtest": ID, "total": 4}}


def test_every_point_is_read_where_one_answer_cannot_hold_them(server: Server, client: Client) -> None:
    def told(request: httpx.Request) -> httpx.Response:
        """Four points at most, the ends among them."""
        begin, stop = (request.url.params.get(name) for name in ("start", "end"))
        first = 1 if begin is None else datetime.fromisoformat(begin).day
        days = list(range(first, 32 if stop is None else datetime.fromisoformat(stop).day))
        assert request.url.params["points"] == "100000"
        return curve(days if len(days) <= 4 else [*days[:2], *days[-2:]], len(days))

    server.answers = [told] * 100
    table = client.equity(ID, to="arrow")
    assert table["equity"].to_pylist() == [100.0 * day for day in range(1, 32)]
    assert json.loads(table.schema.metadata[b"chandlery"])["total"] == 31


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"time": [], "equity": [], "drawdown": []},
        {"time": [], "equity": [1], "drawdown": [], "total": 0},
        {"time": [], "equity": [], "total": 0},
        {"time": ["soon"], "equity": [1], "drawdown": [0], "total": 1},
        {"time": ["2024-01-01T00:00:00Z"], "equity": [None], "drawdown": [0], "total": 1},
        {"time": ["2024-01-01T00:00:00Z"], "equity": [1], "drawdown": [0], "total": 3},
    ],
)
def test_what_is_no_equity_curve_is_told(server: Server, client: Client, document: object) -> None:
    server.answers = [answer(document)]
    with pytest.raises(UnexpectedAnswer):
        client.equity(ID)


def test_a_trade_that_lacks_something_is_told(server: Server, client: Client) -> None:
    server.answers = [answer({"items": [{"number": 1}], "next_cursor": None})]
    with pytest.raises(UnexpectedAnswer, match="side"):
        client.trades(ID)


def test_a_backtest_is_verified(server: Server, client: Client) -> None:
    document = {
        "id": ID,
        "verdict": "different",
        "is_sound": False,
        "expected": "84",
        "stored": "84",
        "found": None,
        "reasons": ["another engine"],
        "has_newer_data": True,
    }
    # It writes nothing, and may be repeated.
    server.answers = [httpx.ReadError("connection reset"), answer(document)]
    found = client.verify_backtest(ID)
    assert server.requests[1].method == "POST"
    assert server.requests[1].url.path == f"/api/v1/backtests/{ID}/verify"
    assert (found.verdict, found.is_sound, found.found, found.reasons) == (
        "different",
        False,
        None,
        ("another engine",),
    )


@pytest.mark.parametrize(
    ("edit", "body"),
    [
        ({"title": "T"}, {"title": "T"}),
        ({"title": None, "notes": None}, {"title": None, "notes": None}),
        ({"tags": []}, {"tags": []}),
        ({"tags": "one"}, {"tags": ["one"]}),
    ],
)
def test_only_what_is_given_is_edited(
    server: Server, client: Client, edit: dict[str, Any], body: dict[str, Any]
) -> None:
    server.answers = [answer(DONE)]
    client.edit_backtest(ID, **edit)
    assert (server.request.method, server.target) == ("PATCH", f"/api/v1/backtests/{ID}")
    assert json.loads(server.bodies[0]) == body


def test_an_edit_of_nothing_is_refused(server: Server, client: Client) -> None:
    with pytest.raises(ValueError, match="title, notes or tags"):
        client.edit_backtest(ID)
    assert server.requests == []


def test_a_backtest_is_cancelled_and_removed(server: Server, client: Client) -> None:
    server.answers = [answer(RUNNING, 202), httpx.Response(204)]
    assert client.cancel_backtest(ID).status == "running"
    client.remove_backtest(ID)
    assert [(request.method, request.url.path) for request in server.requests] == [
        ("POST", f"/api/v1/backtests/{ID}/cancel"),
        ("DELETE", f"/api/v1/backtests/{ID}"),
    ]


def test_backtests_are_put_side_by_side(server: Server, client: Client) -> None:
    document = {
        "backtests": [SUMMARY, {**SUMMARY, "id": OTHER}],
        "figures": [{"name": "sharpe", "values": [None, 1], "best": [1]}],
        "parameters": {"fast": [5, None]},
        "settings": [{"name": "cash", "values": [10000, None]}, {"name": "zone", "values": ["UTC", "Etc/UTC"]}],
        "same_data": True,
    }
    server.answers = [answer(document)]
    found = client.compare_backtests([ID, OTHER])
    assert server.request.url.params["ids"] == f"{ID},{OTHER}"
    assert [backtest.id for backtest in found.backtests] == [ID, OTHER]
    assert (found.figures[0].values, found.figures[0].best) == ((None, 1.0), (1,))
    assert found.parameters == {"fast": (5.0, None)}
    assert [setting.values for setting in found.settings] == [(10_000, None), ("UTC", "Etc/UTC")]
    with pytest.raises(TypeError, match="a list of ids"):
        client.compare_backtests(ID)


def test_results_of_other_tools_are_sent_as_json(server: Server, client: Client) -> None:
    recorded = {**DONE, "origin": "recorded", "tool": "paper 1.0"}
    server.answers = [answer(recorded, 201), answer(recorded, 201)]
    document = {"tool": "paper 1.0", "equity": {"time": [pd.Timestamp("2024-01-02", tz="UTC"), date(2024, 1, 3)]}}
    assert client.record_backtest(document).tool == "paper 1.0"
    sent = {"tool": "paper 1.0", "equity": {"time": ["2024-01-02T00:00:00Z", "2024-01-03"]}}
    assert json.loads(server.bodies[0]) == sent
    assert server.requests[0].url.path == "/api/v1/recorded-backtests"
    assert server.requests[0].headers["Content-Length"] == str(len(server.bodies[0]))
    client.record_backtest('{"tool": "ü"}')
    assert server.bodies[1].decode() == '{"tool": "ü"}'
    assert server.requests[1].headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("value", "error"),
    [(float("nan"), ValueError), (datetime(2024, 1, 2), ValueError), ({1, 2}, TypeError)],
)
def test_a_result_that_json_cannot_hold_is_not_sent(
    server: Server, client: Client, value: object, error: type[Exception]
) -> None:
    with pytest.raises(error):
        client.record_backtest({"cash": value})
    assert server.requests == []
