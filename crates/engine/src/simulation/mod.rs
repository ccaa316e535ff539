//! The simulator: truths of rules and bars in, trades and equity out.
//!
//! Rules are read at a bar's close. Their orders fill at the next bar's open, or at that close. Stops and targets
//! are watched inside the bars behind the one of the entry.

mod account;
mod orders;
mod position;

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

/// How many bars are simulated between two questions whether to go on.
const BARS_BETWEEN_QUESTIONS: usize = 1 << 16;

/// What a simulation needs apart from bars and truths.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) cash: f64,
    pub(crate) size: Size,
    pub(crate) costs: Costs,
    pub(crate) fill: Fill,
}

/// What a simulation gives.
#[derive(Debug, Clone, Default)]
pub(crate) struct Simulated {
    pub(crate) trades: Vec<Trade>,
    /// The equity at each bar's close.
    pub(crate) equity: Vec<f64>,
    pub(crate) totals: Totals,
}

/// Simulates. `proceed` is asked now and then with the number of bars done; when it answers no, there is no result.
pub(crate) fn simulate(
    series: &Series<'_>,
    signals: &Signals<'_>,
    terms: &Terms,
    mut proceed: impl FnMut(usize) -> bool,
) -> Option<Simulated> {
    let mut simulator = Simulator {
        series,
        signals,
        fill: terms.fill,
        account: Account::open(terms),
        position: None,
        pending: None,
        trades: Vec::new(),
    };
    let rows = series.len();
    let mut equity = Vec::with_capacity(rows);
    for from in (0..rows).step_by(BARS_BETWEEN_QUESTIONS) {
        if !proceed(from) {
            return None;
        }
        for bar in from..rows.min(from + BARS_BETWEEN_QUESTIONS) {
            equity.push(simulator.bar(bar, bar + 1 == rows));
        }
    }
    Some(Simulated {
        trades: simulator.trades,
        equity,
        totals: simulator.account.totals,
    })
}

struct Simulator<'a> {
    series: &'a Series<'a>,
    signals: &'a Signals<'a>,
    fill: Fill,
    account: Account,
    position: Option<Position>,
    /// What the last close decided, to be filled at this open.
    pending: Option<Order>,
    trades: Vec<Trade>,
}

impl Simulator<'_> {
    /// Lives through one bar and returns the equity at its close.
    fn bar(&mut self, bar: usize, is_last: bool) -> f64 {
        if let Some(order) = self.pending.take() {
            self.execute(order, bar, self.series.open[bar]);
        }
        if self.position.is_some() {
            self.account.totals.bars_held += 1;
            self.inside(bar);
        }
        let close = self.series.close[bar];
        let order = self.signals.order(bar, self.position.as_ref(), self.fill);
        if let Some(order) = order {
            match self.fill {
                Fill::NextOpen => self.pending = Some(order),
                // Nothing could be seen of a position that is opened at the very end.
                Fill::Close if is_last && self.position.is_none() => {}
                Fill::Close => self.execute(if is_last { order.without_entry() } else { order }, bar, close),
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
        let (open, high, low) = (self.series.open[bar], self.series.high[bar], self.series.low[bar]);
        if position.entry_bar < bar
            && let Some((price, reason)) = position.hit(open, high, low)
        {
            self.leave(bar, price, reason);
            return;
        }
        position.watch(high, low);
    }

    fn execute(&mut self, order: Order, bar: usize, price: f64) {
        if let Some(reason) = order.exit {
            self.leave(bar, price, reason);
        }
        if let Some(side) = order.entry {
            self.enter(side, bar, price);
        }
    }

    fn enter(&mut self, side: Side, bar: usize, price: f64) {
        let Some(entry) = self.account.enter(side, price) else {
            return;
        };
        let limits = self.signals.limits(side);
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
