from __future__ import annotations

import json
import pickle
from typing import Any

import httpx
import pytest
from answers import Server

from chandlery import Client, SweepAxis, SweepFailed, SweepUnfinished

ID = "01a22686-1c0e-72cf-b0f0-bc5799745eeb"
BEST = "01a22686-1c20-70d8-b194-0f04dbc73434"
KEY = "SYNTHETIC:ALPHA/1d"

SUMMARY = {
    "id": ID,
    "status": "queued",
    "strategy": "cross",
    "version": 1,
    "series": [KEY],
    "axes": [{"name": "fast", "values": [3, 25]}, {"name": "trades", "values": [1.5]}],
    "runs": 2,
    "by": "sharpe",
    "top": 1,
    "title": None,
    "author": "local:ada",
    "created_at": "2024-06-01T12:00:00Z",
    "finished_at": None,
    "failure": None,
}
QUEUED = {
    **SUMMARY,
    "inputs": [{"series": KEY, "version": 3, "digest": "cfd7", "newest": 4, "changed": True}],
    "parameters": {"fast": 5, "trades": 1.5},
    "period": {"start": None, "end": None},
    "cash": 10000,
    "costs": {"commission_bps": 0, "commission_per_trade": 0, "slippage_bps": 0},
    "sessions_per_year": 252,
    "zone": "America/New_York",
    "risk_free": 0,
    "engine": None,
    "figures": [],
    "rows": [],
    "progress": {"worker": None, "done": 0, "total": 2, "is_cancelled": False},
}
RUNS = [
    {"parameters": [3, 1.5], "figures": [1.25, None, 4], "backtest": BEST},
    {"parameters": [25, 1.5], "figures": [], "refused": "fast must be below 20"},
]
DONE = {
    **QUEUED,
    "status": "done",
    "figures": ["sharpe", "win_rate", "trades"],
    "rows": RUNS,
    "progress": None,
}


def answer(document: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=document)


def test_an_order_has_a_grid_besides(server: Server, client: Client) -> None:
    server.answers = [answer(QUEUED, 202)]
    sweep = client.run_sweep(
        "cross",
        KEY,
        {"fast": range(3, 5), "slow": (20,)},
        by="calmar",
        top=0,
        parameters={"stop": 2},
        end="2024-03-01",
        title="T",
        wait=False,
    )
    assert (server.request.method, server.target) == ("POST", "/api/v1/sweeps")
    assert json.loads(server.bodies[0]) == {
        "strategy": "cross",
        "series": KEY,
        "end": "2024-03-01",
        "parameters": {"stop": 2.0},
        "grid": [{"name": "fast", "values": [3.0, 4.0]}, {"name": "slow", "values": [20.0]}],
        "by": "calmar",
        "top": 0,
        "title": "T",
    }
    assert (sweep.status, sweep.runs, sweep.rows) == ("queued", 2, ())
    assert sweep.axes == (SweepAxis("fast", (3.0, 25.0)), SweepAxis("trades", (1.5,)))


def test_a_sweep_is_waited_for_without_its_runs_and_read_with_them(server: Server, client: Client) -> None:
    server.answers = [answer(QUEUED, 202), answer(QUEUED), answer({**DONE, "rows": []}), answer(DONE)]
    sweep = client.run_sweep("cross", KEY, {"fast": [3, 25]})
    targets = [request.url.raw_path.decode() for request in server.requests[1:]]
    assert targets == [f"/api/v1/sweeps/{ID}?rows=0"] * 2 + [f"/api/v1/sweeps/{ID}"]
    assert server.pauses == pytest.approx([0.1, 0.15])
    best, refused = sweep.rows
    assert (best.parameters, best.figures, best.backtest) == ((3.0, 1.5), (1.25, None, 4.0), BEST)
    assert (refused.figures, refused.refused, refused.backtest) == ((), "fast must be below 20", None)
    assert sweep.inputs[0].changed


@pytest.mark.parametrize(
    ("change", "text"),
    [({"status": "failed", "failure": "why"}, f"sweep {ID} failed: why"), ({"status": "cancelled"}, "cancelled")],
)
def test_a_sweep_that_comes_to_nothing_is_an_error(
    server: Server, client: Client, change: dict[str, Any], text: str
) -> None:
    server.answers = [answer(QUEUED, 202), answer({**QUEUED, **change})]
    with pytest.raises(SweepFailed, match=text) as raised:
        client.run_sweep("cross", KEY, {"fast": [3]})
    again = pickle.loads(pickle.dumps(raised.value))
    assert again.sweep == raised.value.sweep


def test_a_sweep_that_takes_too_long_goes_on(server: Server, client: Client) -> None:
    server.answers = [answer(QUEUED, 202)]
    with pytest.raises(SweepUnfinished, match="is still queued") as raised:
        client.run_sweep("cross", KEY, {"fast": [3]}, timeout=0)
    assert isinstance(raised.value, TimeoutError)
    assert raised.value.sweep.id == ID


def test_sweeps_are_listed(server: Server, client: Client) -> None:
    server.answers = [answer({"items": [SUMMARY], "next_cursor": None})]
    (found,) = client.sweeps()
    assert server.target == "/api/v1/sweeps"
    assert (found.id, found.by, found.top) == (ID, "sharpe", 1)


def test_runs_are_a_frame_with_a_column_for_each_name(server: Server, client: Client) -> None:
    server.answers = [
        answer({**DONE, "rows": []}),
        answer({"items": RUNS[:1], "next_cursor": "x"}),
        answer({"items": RUNS[1:], "next_cursor": None}),
    ]
    frame = client.sweep_runs(ID)
    assert dict(server.requests[2].url.params) == {"limit": "10000", "cursor": "x"}
    # The parameter `trades` has the name of a figure.
    columns = ["fast", "parameters.trades", "sharpe", "win_rate", "trades", "refused", "backtest"]
    assert frame.columns.tolist() == columns
    assert frame["fast"].tolist() == [3.0, 25.0]
    assert frame["parameters.trades"].tolist() == [1.5, 1.5]
    assert (frame["sharpe"][0], frame["trades"][0]) == (1.25, 4.0)
    assert frame[["sharpe", "win_rate", "refused", "backtest"]].isna().to_numpy().tolist() == [
        [False, True, True, False],
        [True, True, False, True],
    ]
    assert (frame["refused"][1], frame["backtest"][0]) == ("fast must be below 20", BEST)
    assert frame.attrs == {"chandlery": {"sweep": ID}}


def test_a_sweep_that_is_not_done_has_no_runs(server: Server, client: Client) -> None:
    server.answers = [answer(QUEUED)]
    assert client.sweep_runs(ID, to="polars").columns == ["fast", "trades", "refused", "backtest"]
    assert len(server.requests) == 1


def test_a_sweep_is_cancelled_and_removed(server: Server, client: Client) -> None:
    server.answers = [answer(QUEUED, 202), httpx.Response(204)]
    assert client.cancel_sweep(ID).status == "queued"
    client.remove_sweep(ID)
    assert [(request.method, request.url.path) for request in server.requests] == [
        ("POST", f"/api/v1/sweeps/{ID}/cancel"),
        ("DELETE", f"/api/v1/sweeps/{ID}"),
    ]
