"""Runs the scripts of the manual's page "Bring results from another tool" as they stand there.

    recording.py PAGE CHANDLERY

Each tool trades made-up prices, the page's script makes its document of what came out, and `chandlery backtest record`
takes it. What is stored must be what the tool itself says of its trades and of its equity. Needs the packages of
tests/python/backtests-requirements.txt.
"""

import json
import math
import os
import re
import subprocess
import sys
import tempfile

import numpy
import pandas

CASH = 10_000
KEY = "NYSE:ACME/1d"


def prices():
    """400 sessions that go up and down."""
    days = numpy.arange(400)
    close = 100 + 20 * numpy.sin(days / 9) + 5 * numpy.sin(days / 2.3) + days / 20
    open_ = numpy.concatenate([close[:1], close[:-1]])
    frame = pandas.DataFrame(
        {
            "Open": open_,
            "High": numpy.maximum(open_, close) + 0.5,
            "Low": numpy.minimum(open_, close) - 0.5,
            "Close": close,
            "Volume": 1000.0,
        },
        index=pandas.bdate_range("2023-01-02", periods=400),
    )
    return frame.round(4)


def scripts(page):
    """Returns the Python of the page by the tool that its section names."""
    with open(page, encoding="utf-8") as file:
        text = file.read()
    sections = re.findall(r"^## From (\S+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return {tool: re.search(r"^```python\n(.*?)^```", body, re.MULTILINE | re.DOTALL)[1] for tool, body in sections}


def with_backtesting(script, data):
    from backtesting import Backtest, Strategy
    from backtesting.lib import crossover

    def average(values, length):
        return pandas.Series(values).rolling(length).mean()

    class SmaCross(Strategy):
        def init(self):
            self.fast = self.I(average, self.data.Close, 5)
            self.slow = self.I(average, self.data.Close, 20)

        def next(self):
            if crossover(self.fast, self.slow):
                self.position.close()
                self.buy()
            elif crossover(self.slow, self.fast):
                self.position.close()
                self.sell()

    names = {"bt": Backtest(data, SmaCross, cash=CASH, commission=0.001, finalize_trades=True)}
    exec(script, names)
    stats = names["stats"]
    return len(stats["_trades"]), stats["_trades"]["PnL"].sum(), stats["Return [%]"] / 100


def with_vectorbt(script, data):
    import vectorbt as vbt

    close = data["Close"]
    fast, slow = vbt.MA.run(close, 5), vbt.MA.run(close, 20)
    pf = vbt.Portfolio.from_signals(
        close, fast.ma_crossed_above(slow), fast.ma_crossed_below(slow), init_cash=CASH, fees=0.001, freq="1D"
    )
    exec(script, {"pf": pf})
    closed = pf.trades.records_readable
    closed = closed[closed["Status"] == "Closed"]
    return len(closed), closed["PnL"].sum(), pf.total_return()


TOOLS = {"backtesting.py": with_backtesting, "vectorbt": with_vectorbt}


def check(tool, trade, script, data, chandlery):
    count, net, total = trade(script, data)
    recorded = chandlery("backtest", "record", "result.json", "--json")
    recorded = json.loads(recorded)
    assert count > 3, f"{tool} made {count} trades"
    found = len(recorded["trades"]), sum(trade["net"] for trade in recorded["trades"])
    assert found[0] == count, f"{tool} made {count} trades, {found[0]} are stored"
    assert math.isclose(found[1], net, abs_tol=1e-6), f"{tool} earned {net}, stored is {found[1]}"
    stored = recorded["metrics"]["total_return"]["value"]
    assert math.isclose(stored, total, rel_tol=1e-9), f"{tool} returned {total}, stored is {stored}"
    assert recorded["metrics"]["buy_and_hold_return"]["value"] is not None, f"{tool}: the series is pinned"
    print(f"{tool}: {count} trades, net {net:.2f}, total return {total:.2%}")


def main():
    page, program = (os.path.abspath(argument) for argument in sys.argv[1:])
    found = scripts(page)
    data = prices()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)

        def chandlery(*arguments):
            call = [program, *arguments, "--store", "file:./data"]
            return subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True).stdout

        data.to_csv("acme.csv", index_label="date")
        chandlery("import", "acme.csv", "--series", KEY, "--quiet")
        for tool, trade in TOOLS.items():
            check(tool, trade, found[tool], data, chandlery)


if __name__ == "__main__":
    main()
