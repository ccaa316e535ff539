//! An open position with its stops and its target.

use domain::{
    backtest::{ExitReason, Side},
    strategy::SideRules,
};

use super::account::Filled;

/// The limits of a side's positions: fractions of prices, and a number of bars.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Limits {
    pub(crate) stop_loss: Option<f64>,
    pub(crate) take_profit: Option<f64>,
    pub(crate) trailing_stop: Option<f64>,
    pub(crate) max_bars: Option<u32>,
}

impl From<&SideRules> for Limits {
    fn from(rules: &SideRules) -> Self {
        Self {
            stop_loss: rules.stop_loss,
            take_profit: rules.take_profit,
            trailing_stop: rules.trailing_stop,
            max_bars: rules.max_bars,
        }
    }
}

/// An open position.
#[derive(Debug)]
pub(super) struct Position {
    pub(super) side: Side,
    pub(super) units: f64,
    pub(super) entry_bar: usize,
    /// The price paid or got per unit, slippage included.
    pub(super) entry_price: f64,
    pub(super) entry_commission: f64,
    stop: Option<f64>,
    target: Option<f64>,
    trailing: Option<f64>,
    /// The best price since the entry, as far as it was seen before the bar that is being watched.
    best: f64,
}

impl Position {
    pub(super) fn new(side: Side, bar: usize, entry: &Filled, limits: Limits) -> Self {
        let level = |fraction: f64| entry.price + side.sign() * entry.price.abs() * fraction;
        Self {
            side,
            units: entry.units,
            entry_bar: bar,
            entry_price: entry.price,
            entry_commission: entry.commission,
            stop: limits.stop_loss.map(|fraction| level(-fraction)),
            target: limits.take_profit.map(level),
            trailing: limits.trailing_stop,
            best: entry.price,
        }
    }

    /// Tells whether a bar's prices hit a stop or the target, and at which market price.
    ///
    /// The open comes first, so that a gap through a level fills there. Inside the bar the order of its prices is
    /// not known: when both could have been hit, the stop is taken.
    pub(super) fn hit(&self, open: f64, high: f64, low: f64) -> Option<(f64, ExitReason)> {
        // Seen from a long position: for a short one, every price has its sign turned.
        let sign = self.side.sign();
        let (adverse, favourable) = match self.side {
            Side::Long => (low, high),
            Side::Short => (-high, -low),
        };
        let open_seen = sign * open;
        let stop = self.nearest_stop();
        let target = self.target.map(|level| (sign * level, ExitReason::TakeProfit));
        let gapped_down = stop.filter(|(level, _)| open_seen <= *level);
        let gapped_up = target.filter(|(level, _)| open_seen >= *level);
        if let Some((_, reason)) = gapped_down.or(gapped_up) {
            return Some((open, reason));
        }
        let stopped = stop.filter(|(level, _)| adverse <= *level);
        let reached = target.filter(|(level, _)| favourable >= *level);
        stopped.or(reached).map(|(level, reason)| (sign * level, reason))
    }

    /// Returns the stop that a price moving against the position meets first, seen from a long position.
    fn nearest_stop(&self) -> Option<(f64, ExitReason)> {
        let sign = self.side.sign();
        let fixed = self.stop.map(|level| (sign * level, ExitReason::StopLoss));
        let trailing = self.trailing.map(|fraction| {
            let level = self.best - sign * self.best.abs() * fraction;
            (sign * level, ExitReason::TrailingStop)
        });
        match (fixed, trailing) {
            (Some(fixed), Some(trailing)) if trailing.0 > fixed.0 => Some(trailing),
            (Some(fixed), _) => Some(fixed),
            (None, trailing) => trailing,
        }
    }

    /// Remembers the best price of a bar that the position lived through.
    pub(super) fn watch(&mut self, high: f64, low: f64) {
        self.best = match self.side {
            Side::Long => self.best.max(high),
            Side::Short => self.best.min(low),
        };
    }
}
