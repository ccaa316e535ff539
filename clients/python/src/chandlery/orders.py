"""What backtests and sweeps are told to run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from .bars import range_params
from .keys import Key, series_key
from .times import AsOf, Time, as_of_text


class CostsOrder(TypedDict, total=False):
    """Costs of each fill, each in place of the strategy's; 0 takes one away."""

    commission_bps: float
    """Commission in basis points of the value filled."""
    commission_per_trade: float
    """Commission per fill, in money."""
    slippage_bps: float
    """Slippage in basis points of the price."""


class RunOrder(TypedDict, total=False):
    """What backtests and sweeps have in common besides strategy and series; see `Client.run_backtest`."""

    version: int | None
    as_of: AsOf | None
    start: Time | None
    end: Time | None
    parameters: Mapping[str, float] | None
    cash: float | None
    costs: CostsOrder | None
    risk_free: float | None


def order_body(strategy: str, series: Key, order: RunOrder, own: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the body of an order: what is given of `order`, and of the members `own` of one kind of order.

    Raises:
        ValueError: when the series, a time or a parameter cannot be read.
        TypeError: when one of them has the wrong type.
    """
    as_of, parameters = order.get("as_of"), order.get("parameters")
    members = {
        "strategy": strategy,
        "version": order.get("version"),
        "series": str(series_key(series)),
        "as_of": None if as_of is None else as_of_text(as_of),
        **range_params(order.get("start"), order.get("end")),
        "parameters": None if parameters is None else {name: float(value) for name, value in parameters.items()},
        "cash": order.get("cash"),
        "costs": order.get("costs"),
        "risk_free": order.get("risk_free"),
        **own,
    }
    return {name: value for name, value in members.items() if value is not None}


def tag_list(tags: str | Iterable[str]) -> list[str]:
    """Returns tags as a list; a text alone is one tag."""
    return [tags] if isinstance(tags, str) else list(tags)
