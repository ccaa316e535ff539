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

/// The truths of the rules, bar by bar.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signals<'a> {
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
        let enters = |side| self.side(side).is_some_and(|signals| signals.enter[bar] == TRUE);
        match (enters(Side::Long), enters(Side::Short)) {
            (true, false) => Some(Side::Long),
            (false, true) => Some(Side::Short),
            _ => None,
        }
    }

    fn exit(&self, bar: usize, position: &Position, fill: Fill) -> Option<ExitReason> {
        let rule = self.side(position.side).and_then(|signals| signals.exit);
        if bar >= self.warm_up && rule.is_some_and(|rule| rule[bar] == TRUE) {
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
