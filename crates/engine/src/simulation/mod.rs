//! The simulator: truths of rules and bars in, trades and equity out.
//!
//! Rules are read at a bar's close. Their orders fill at the next bar's open, or at that close. Stops and targets
//! are watched inside the bars behind the one of the entry.

mod account;
mod orders;
mod position;

use std::ops::Range;

use domain::{
    backtest::{Costs, ExitReason, Side, Trade},
    strategy::{Fill, Size},
};

pub(crate) use account::Totals;
pub(crate) use orders::{SideSignals, Signals};
pub(crate) use position::Limits;

use crate::series::Series;
use account::Account;
use orders::Order;
use position::Position;

/// What a simulation needs apart from bars and truths.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) cash: f64,
    pub(crate) size: Size,
    pub(crate) costs: Costs,
    pub(crate) fill: Fill,
}

/// Lives through bars, one stretch after the other.
pub(crate) struct Simulator<'a> {
    series: &'a Series<'a>,
    fill: Fill,
    account: Account,
    position: Option<Position>,
    /// What the last close decided, to be filled at this open.
    pending: Option<Order>,
    trades: Vec<Trade>,
}

impl<'a> Simulator<'a> {
    /// Opens an account before the first bar.
    pub(crate) fn new(series: &'a Series<'a>, terms: &Terms) -> Self {
        Self {
            series,
            fill: terms.fill,
            account: Account::open(terms),
            position: None,
            pending: None,
            trades: Vec::new(),
        }
    }

    /// Lives through the bars that follow, up to `to`, whose truths are known, and writes the equity at their closes.
    pub(crate) fn advance(&mut self, bars: Range<usize>, signals: &Signals<'_>, equity: &mut [f64]) {
        let (from, to, rows) = (bars.start, bars.end, self.series.len());
        let mut bar = from;
        while bar < to {
            // The last bar closes what is open.
            let quiet = bar..to.min(rows - 1);
            bar += self.quiet(quiet, signals, &mut equity[bar - from..]);
            if bar < to {
                equity[bar - from] = self.bar(bar, signals, bar + 1 == rows);
                bar += 1;
            }
        }
    }

    /// Returns the closed trades and what was done in all.
    pub(crate) fn finish(self) -> (Vec<Trade>, Totals) {
        (self.trades, self.account.totals)
    }

    /// Lives through the bars on which nothing happens, writes the equity at their closes and returns how many they
    /// were: most bars are such, and need not be looked at one by one.
    fn quiet(&mut self, bars: Range<usize>, signals: &Signals<'_>, equity: &mut [f64]) -> usize {
        let (bar, to) = (bars.start, bars.end);
        if self.pending.is_some() || bar >= to {
            return 0;
        }
        let Some(position) = &self.position else {
            let until = signals.next_entry(bar, to);
            equity[..until - bar].fill(self.account.cash);
            return until - bar;
        };
        let Some(until) = signals.next_order(bar, to, position) else {
            return 0;
        };
        let (cash, held) = (self.account.cash, position.side.sign() * position.units);
        let equity = &mut equity[..until - bar];
        // Whether there is a ruin is known without a branch per bar; where it is matters but once.
        let mut ruined = false;
        for (equity, close) in equity.iter_mut().zip(&self.series.close[bar..until]) {
            *equity = cash + held * close;
            ruined |= *equity <= 0.0;
        }
        // A bar at whose close nothing is left of the equity is not quiet.
        let ruin = ruined.then(|| equity.iter().position(|equity| *equity <= 0.0));
        let quiet = ruin.flatten().unwrap_or(until - bar);
        self.account.totals.bars_held += quiet;
        quiet
    }

    /// Lives through one bar and returns the equity at its close.
    fn bar(&mut self, bar: usize, signals: &Signals<'_>, is_last: bool) -> f64 {
        if let Some(order) = self.pending.take() {
            self.execute(order, bar, self.series.open[bar], signals);
        }
        if self.position.is_some() {
            self.account.totals.bars_held += 1;
            self.inside(bar);
        }
        let close = self.series.close[bar];
        let order = signals.order(bar, self.position.as_ref(), self.fill);
        if let Some(order) = order {
            match self.fill {
                Fill::NextOpen => self.pending = Some(order),
                // Nothing could be seen of a position that is opened at the very end.
                Fill::Close if is_last && self.position.is_none() => {}
                Fill::Close => {
                    let order = if is_last { order.without_entry() } else { order };
                    self.execute(order, bar, close, signals);
                }
            }
        }
        if self.position.is_some() {
            if is_last {
                self.leave(bar, close, ExitReason::EndOfData);
            } else if self.equity(close) <= 0.0 {
                self.leave(bar, close, ExitReason::Ruin);
            }
        }
        self.equity(close)
    }

    /// Watches stops and targets inside a bar.
    fn inside(&mut self, bar: usize) {
        let Some(position) = &mut self.position else {
            return;
        };
        // Three columns that nothing else reads here would have to be fetched from memory.
        if !position.is_limited() {
            return;
        }
        let (open, high, low) = (self.series.open[bar], self.series.high[bar], self.series.low[bar]);
        if position.entry_bar < bar
            && let Some((price, reason)) = position.hit(open, high, low)
        {
            self.leave(bar, price, reason);
            return;
        }
        position.watch(high, low);
    }

    fn execute(&mut self, order: Order, bar: usize, price: f64, signals: &Signals<'_>) {
        if let Some(reason) = order.exit {
            self.leave(bar, price, reason);
        }
        if let Some(side) = order.entry {
            self.enter(side, bar, price, signals.limits(side));
        }
    }

    fn enter(&mut self, side: Side, bar: usize, price: f64, limits: Limits) {
        let Some(entry) = self.account.enter(side, price) else {
            return;
        };
        self.position = Some(Position::new(side, bar, &entry, limits));
    }

    fn leave(&mut self, bar: usize, price: f64, reason: ExitReason) {
        let Some(position) = self.position.take() else {
            return;
        };
        let exit = self.account.leave(position.side, position.units, price);
        let gross = position.side.sign() * (exit.price - position.entry_price) * position.units;
        let costs = position.entry_commission + exit.commission;
        let net = gross - costs;
        self.trades.push(Trade {
            number: self.trades.len() as u32 + 1,
            side: position.side,
            units: position.units,
            entry_time: self.series.timestamp(position.entry_bar),
            entry_price: position.entry_price,
            exit_time: self.series.timestamp(bar),
            exit_price: exit.price,
            exit_reason: reason,
            gross,
            costs,
            net,
            net_return: net / (position.units * position.entry_price),
        });
    }

    /// Returns the cash and what the position is worth at a price.
    fn equity(&self, price: f64) -> f64 {
        match &self.position {
            None => self.account.cash,
            Some(position) => self.account.cash + position.side.sign() * position.units * price,
        }
    }
}

#[cfg(test)]
mod tests;
