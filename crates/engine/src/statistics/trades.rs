//! Figures of closed trades.

use domain::backtest::Trade;

use super::{
    Basis, Better, Evidence, Figure, MetricDefinition, Unit,
    numbers::{deviation, mean, ratio, sum},
};

const NO_TRADES: &str = "there are no trades";
const NO_WINS: &str = "no trade won";
const NO_LOSSES: &str = "no trade lost";
const DAY: f64 = 86_400_000_000.0;

const fn definition(
    name: &'static str,
    formula: &'static str,
    unit: Unit,
    better: Better,
    compute: fn(&Evidence<'_>) -> Figure,
) -> MetricDefinition {
    MetricDefinition {
        name,
        formula,
        unit,
        basis: Basis::Trades,
        better,
        compute,
    }
}

const LOWER: Better = Better::Lower;
const HIGHER: Better = Better::Higher;

#[rustfmt::skip]
pub(super) const DEFINITIONS: &[MetricDefinition] = &[
    definition("trades", "number of closed trades", Unit::Count, HIGHER, |evidence| Ok(evidence.trades.len() as f64)),
    definition("win_rate", "trades with net > 0 ÷ trades; break-even is no win", Unit::Fraction, HIGHER, win_rate),
    definition("best_trade", "greatest return of a trade", Unit::Fraction, HIGHER, best_trade),
    definition("worst_trade", "least return of a trade", Unit::Fraction, HIGHER, worst_trade),
    definition("average_trade", "mean return of the trades", Unit::Fraction, HIGHER, average_trade),
    definition("average_win", "mean return of the trades with net > 0", Unit::Fraction, HIGHER, average_win),
    definition("average_loss", "mean return of the trades with net < 0", Unit::Fraction, HIGHER, average_loss),
    definition("profit_factor", "Σ net of wins ÷ |Σ net of losses|", Unit::Ratio, HIGHER, profit_factor),
    definition("expectancy", "mean net of the trades", Unit::Currency, HIGHER, expectancy),
    definition("expectancy_ratio", "expectancy ÷ |mean net of losses|", Unit::Ratio, HIGHER, expectancy_ratio),
    definition("sqn", "√trades × mean(net) ÷ std(net, ddof 1)", Unit::Ratio, HIGHER, sqn),
    definition("kelly", "W − (1 − W) ÷ (average_win ÷ |average_loss|), W = win_rate", Unit::Fraction, HIGHER, kelly),
    definition("max_consecutive_wins", "longest run of trades with net > 0", Unit::Count, HIGHER, |evidence| Ok(longest_run(&evidence.profits, |net| net > 0.0))),
    definition("max_consecutive_losses", "longest run of trades with net < 0", Unit::Count, LOWER, |evidence| Ok(longest_run(&evidence.profits, |net| net < 0.0))),
    definition("average_holding", "mean of exit time − entry time, by the opening times of their bars", Unit::Days, LOWER, average_holding),
    definition("max_holding", "longest exit time − entry time, by the opening times of their bars", Unit::Days, LOWER, max_holding),
];

fn wins(profits: &[f64]) -> usize {
    profits.iter().filter(|net| **net > 0.0).count()
}

fn win_rate(evidence: &Evidence<'_>) -> Figure {
    let profits = &evidence.profits;
    ratio(wins(profits) as f64, profits.len() as f64, NO_TRADES)
}

/// The returns of the trades that `belongs` picks by their net profit.
fn returns(trades: &[Trade], belongs: fn(f64) -> bool) -> Vec<f64> {
    let picked = trades.iter().filter(|trade| belongs(trade.net));
    picked.map(|trade| trade.net_return).collect()
}

fn best_trade(evidence: &Evidence<'_>) -> Figure {
    let returns = evidence.trades.iter().map(|trade| trade.net_return);
    returns.reduce(f64::max).ok_or(NO_TRADES)
}

fn worst_trade(evidence: &Evidence<'_>) -> Figure {
    let returns = evidence.trades.iter().map(|trade| trade.net_return);
    returns.reduce(f64::min).ok_or(NO_TRADES)
}

fn average_trade(evidence: &Evidence<'_>) -> Figure {
    mean(&returns(evidence.trades, |_| true)).ok_or(NO_TRADES)
}

fn average_win(evidence: &Evidence<'_>) -> Figure {
    mean(&returns(evidence.trades, |net| net > 0.0)).ok_or(NO_WINS)
}

fn average_loss(evidence: &Evidence<'_>) -> Figure {
    mean(&returns(evidence.trades, |net| net < 0.0)).ok_or(NO_LOSSES)
}

fn losses(evidence: &Evidence<'_>) -> Vec<f64> {
    let losses = evidence.profits.iter().filter(|net| **net < 0.0);
    losses.copied().collect()
}

fn profit_factor(evidence: &Evidence<'_>) -> Figure {
    let won = sum(evidence.profits.iter().copied().filter(|net| *net > 0.0));
    let lost = sum(losses(evidence));
    ratio(won, lost.abs(), NO_LOSSES)
}

fn expectancy(evidence: &Evidence<'_>) -> Figure {
    mean(&evidence.profits).ok_or(NO_TRADES)
}

fn expectancy_ratio(evidence: &Evidence<'_>) -> Figure {
    let expectancy = expectancy(evidence)?;
    let loss = mean(&losses(evidence)).ok_or(NO_LOSSES)?;
    Ok(expectancy / loss.abs())
}

fn sqn(evidence: &Evidence<'_>) -> Figure {
    let profits = &evidence.profits;
    let mean = mean(profits).ok_or(NO_TRADES)?;
    let values = evidence
        .trades
        .iter()
        .map(|trade| trade.units * trade.entry_price.max(trade.exit_price));
    let deviation = deviation(profits, values.fold(0.0, f64::max)).ok_or("there is one trade")?;
    let quality = ratio(mean, deviation, "the trades do not vary")?;
    Ok((profits.len() as f64).sqrt() * quality)
}

fn kelly(evidence: &Evidence<'_>) -> Figure {
    let rate = win_rate(evidence)?;
    let payoff = average_win(evidence)? / average_loss(evidence)?.abs();
    Ok(rate - (1.0 - rate) / payoff)
}

fn longest_run(profits: &[f64], belongs: fn(f64) -> bool) -> f64 {
    let mut longest = 0;
    let mut run = 0;
    for net in profits {
        run = if belongs(*net) { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    f64::from(longest)
}

fn holdings(evidence: &Evidence<'_>) -> Vec<f64> {
    let held = |trade: &Trade| (trade.exit_time.micros() - trade.entry_time.micros()) as f64 / DAY;
    evidence.trades.iter().map(held).collect()
}

fn average_holding(evidence: &Evidence<'_>) -> Figure {
    mean(&holdings(evidence)).ok_or(NO_TRADES)
}

fn max_holding(evidence: &Evidence<'_>) -> Figure {
    holdings(evidence).into_iter().reduce(f64::max).ok_or(NO_TRADES)
}
