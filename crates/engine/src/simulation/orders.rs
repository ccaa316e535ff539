//! What a close decides.

use domain::{
    backtest::{ExitReason, Side},
    strategy::Fill,
};

use super::position::{Limits, Position};
use crate::graph::TRUE;

/// The truths of one side's rules, and its limits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SideSignals<'a> {
    pub(crate) enter: &'a [u8],
    pub(crate) exit: Option<&'a [u8]>,
    pub(crate) limits: Limits,
}

/// The truths of the rules over some bars that follow each other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signals<'a> {
    /// The first of the bars.
    pub(crate) first: usize,
    pub(crate) long: Option<SideSignals<'a>>,
    pub(crate) short: Option<SideSignals<'a>>,
    /// No rule is read on this many bars at the beginning.
    pub(crate) warm_up: usize,
}

/// What to do: leave the position, enter one, or both, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) exit: Option<ExitReason>,
    pub(super) entry: Option<Side>,
}

impl Order {
    /// The same order with the entry left out.
    pub(super) fn without_entry(self) -> Self {
        Self { entry: None, ..self }
    }
}

impl Signals<'_> {
    fn side(&self, side: Side) -> Option<&SideSignals<'_>> {
        match side {
            Side::Long => self.long.as_ref(),
            Side::Short => self.short.as_ref(),
        }
    }

    pub(super) fn limits(&self, side: Side) -> Limits {
        self.side(side).map(|signals| signals.limits).unwrap_or_default()
    }

    /// Finds the first bar of `from..to` on which a rule is true, or `to`.
    fn next_true(&self, truths: &[u8], from: usize, to: usize) -> usize {
        let ahead = memchr::memchr(TRUE, &truths[from - self.first..to - self.first]);
        ahead.map_or(to, |ahead| from + ahead)
    }

    /// Tells whether a rule is true on a bar.
    fn holds(&self, truths: &[u8], bar: usize) -> bool {
        truths[bar - self.first] == TRUE
    }

    /// Returns the first bar of `bar..to` at whose close a position may be entered, or `to`.
    pub(super) fn next_entry(&self, bar: usize, to: usize) -> usize {
        let from = bar.max(self.warm_up).min(to);
        let next =
            |side: Option<SideSignals<'_>>| side.map_or(to, |side| self.next_true(side.enter, from, to));
        next(self.long).min(next(self.short))
    }

    /// Returns the first bar of `bar..to` at whose close a position may be left or reversed, or `to`; `None` when
    /// it has limits that every bar must be compared with.
    pub(super) fn next_order(&self, bar: usize, to: usize, position: &Position) -> Option<usize> {
        if self.limits(position.side) != Limits::default() {
            return None;
        }
        let from = bar.max(self.warm_up).min(to);
        let next = |truths: Option<&[u8]>| truths.map_or(to, |truths| self.next_true(truths, from, to));
        let exit = next(self.side(position.side).and_then(|side| side.exit));
        let reversal = next(self.side(position.side.opposite()).map(|side| side.enter));
        Some(exit.min(reversal))
    }

    /// Decides at a bar's close.
    pub(super) fn order(&self, bar: usize, position: Option<&Position>, fill: Fill) -> Option<Order> {
        let entry = if bar < self.warm_up { None } else { self.entry(bar) };
        let Some(position) = position else {
            return entry.map(|side| Order {
                exit: None,
                entry: Some(side),
            });
        };
        if let Some(side) = entry
            && side != position.side
        {
            return Some(Order {
                exit: Some(ExitReason::Reversal),
                entry: Some(side),
            });
        }
        let reason = self.exit(bar, position, fill)?;
        Some(Order {
            exit: Some(reason),
            entry: None,
        })
    }

    /// Tells which side is entered: none when both rules say so at once, as they contradict each other.
    fn entry(&self, bar: usize) -> Option<Side> {
        let enters = |side| {
            self.side(side)
                .is_some_and(|signals| self.holds(signals.enter, bar))
        };
        match (enters(Side::Long), enters(Side::Short)) {
            (true, false) => Some(Side::Long),
            (false, true) => Some(Side::Short),
            _ => None,
        }
    }

    fn exit(&self, bar: usize, position: &Position, fill: Fill) -> Option<ExitReason> {
        let rule = self.side(position.side).and_then(|signals| signals.exit);
        if bar >= self.warm_up && rule.is_some_and(|rule| self.holds(rule, bar)) {
            return Some(ExitReason::Rule);
        }
        // The bar of the fill, less that of the entry, is the number of bars that the position was held.
        let filled = match fill {
            Fill::NextOpen => bar + 1,
            Fill::Close => bar,
        };
        let held = filled - position.entry_bar;
        let most = self.limits(position.side).max_bars?;
        (held >= most as usize).then_some(ExitReason::MaxBars)
    }
}
