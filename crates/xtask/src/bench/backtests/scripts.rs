//! What the others run. Each reads the CSV file that it is given and runs once, so that everything is compiled; then
//! it answers each line with the nanoseconds that a run took and how many trades, or runs, there were. Times without
//! a zone are what these tools are fast with: vectorbt turns others into objects, and takes thirty times as long.

/// The crossover on vectorbt, with some figures.
pub(super) const VECTORBT: &str = "
import sys, time
import pandas
import vectorbt
frame = pandas.read_csv(sys.argv[1], index_col=0, parse_dates=[0]).tz_localize(None)
close = frame['close']
def run(close):
    start = time.perf_counter_ns()
    fast, slow = vectorbt.MA.run(close, 10), vectorbt.MA.run(close, 50)
    portfolio = vectorbt.Portfolio.from_signals(
        close, fast.ma_crossed_above(slow), fast.ma_crossed_below(slow),
        init_cash=1_000_000, fees=0.0001, freq='1min')
    portfolio.total_return(), portfolio.sharpe_ratio(), portfolio.max_drawdown()
    portfolio.trades.win_rate(), portfolio.trades.profit_factor()
    return time.perf_counter_ns() - start, portfolio.trades.count()
run(close[:10_000])
for _ in sys.stdin:
    print(*run(close), flush=True)
";

/// 990 pairs of averages on vectorbt, with one figure.
pub(super) const VECTORBT_SWEEP: &str = "
import sys, time
import numpy
import pandas
import vectorbt
frame = pandas.read_csv(sys.argv[1], index_col=0, parse_dates=[0]).tz_localize(None)
close = frame['close']
def run(close):
    start = time.perf_counter_ns()
    fast, slow = vectorbt.MA.run_combs(close, window=numpy.arange(2, 47), r=2, short_names=['fast', 'slow'])
    portfolio = vectorbt.Portfolio.from_signals(
        close, fast.ma_crossed_above(slow), fast.ma_crossed_below(slow),
        init_cash=1_000_000, fees=0.0001, freq='1min')
    returns = portfolio.total_return()
    return time.perf_counter_ns() - start, len(returns)
run(close[:1_000])
for _ in sys.stdin:
    print(*run(close), flush=True)
";

/// The crossover on backtesting.py, with the figures that it always computes.
pub(super) const BACKTESTING: &str = "
import os, sys, time, warnings
os.environ['TQDM_DISABLE'] = '1'
warnings.simplefilter('ignore')
import pandas
from backtesting import Backtest, Strategy
frame = pandas.read_csv(sys.argv[1], index_col=0, parse_dates=[0]).tz_localize(None)
frame = frame.rename(columns=str.capitalize)
def average(values, period):
    return pandas.Series(values).rolling(period).mean()
def crossed(a, b):
    return a[-2] <= b[-2] and a[-1] > b[-1]
class Crossover(Strategy):
    def init(self):
        self.fast = self.I(average, self.data.Close, 10)
        self.slow = self.I(average, self.data.Close, 50)
    def next(self):
        if crossed(self.fast, self.slow):
            self.buy()
        elif crossed(self.slow, self.fast):
            self.position.close()
def run(frame):
    start = time.perf_counter_ns()
    figures = Backtest(frame, Crossover, cash=1_000_000, commission=0.0001, finalize_trades=True).run()
    return time.perf_counter_ns() - start, figures['# Trades']
run(frame[:1_000])
for _ in sys.stdin:
    print(*run(frame), flush=True)
";
