//! Looking out for bars that are possible and odd.

use std::ops::RangeInclusive;

use domain::market::{Timeframe, Timestamp};

use super::{Rule, columns::Role, row::Row, survey::Moves};

/// A move this many times larger than usual is a spike.
const SPIKE_FACTOR: f64 = 20.0;
/// This many bars with the same prices, each with volume, are a stale run.
const STALE_BARS: u64 = 20;
/// How many oddities of each kind are told for a series.
const TOLD: u64 = 100;

/// Something odd.
#[derive(Debug)]
pub(super) struct Oddity {
    /// The row; `None` when it stands for those that were not told.
    pub(super) row: Option<Row>,
    pub(super) rule: Rule,
    pub(super) column: Role,
    pub(super) message: String,
}

/// Watches the bars of one series go by.
pub(super) struct Watch {
    usual_move: Option<f64>,
    /// Ratios of closes outside these may be spikes; it is cheaper to compare them than to take logarithms.
    calm: RangeInclusive<f64>,
    moves: Moves,
    stale: u64,
    last: Option<Row>,
    spikes: u64,
    runs: u64,
    pub(super) found: Vec<Oddity>,
}

impl Watch {
    pub(super) fn new(timeframe: Timeframe, usual_move: Option<f64>) -> Self {
        let moves = Moves::new(timeframe);
        // A little narrower than the rule, which has the last word.
        let most = usual_move.map_or(f64::INFINITY, |usual| (0.999 * SPIKE_FACTOR * usual).exp());
        Self {
            usual_move,
            calm: most.recip()..=most,
            moves,
            stale: 1,
            last: None,
            spikes: 0,
            runs: 0,
            found: Vec::new(),
        }
    }

    pub(super) fn see(&mut self, row: &Row) {
        if let (Some(ratio), Some(usual)) = (self.moves.ratio_to(row), self.usual_move)
            && !self.calm.contains(&ratio)
            && let size = Moves::size(ratio)
            && size > SPIKE_FACTOR * usual
        {
            self.spikes += 1;
            if self.spikes <= TOLD {
                let message = format!(
                    "the close moves by {:.2} %, {:.0} times the usual {:.2} %",
                    size.exp_m1() * 100.0,
                    size / usual,
                    usual.exp_m1() * 100.0
                );
                self.found.push(Oddity {
                    row: Some(*row),
                    rule: Rule::Spike,
                    column: Role::Close,
                    message,
                });
            }
        }
        let same =
            |last: &Row| last.values[..4] == row.values[..4] && row.values[4] > 0.0 && last.values[4] > 0.0;
        self.stale = if self.last.as_ref().is_some_and(same) {
            self.stale + 1
        } else {
            1
        };
        self.last = Some(*row);
        if self.stale == STALE_BARS {
            self.runs += 1;
            if self.runs <= TOLD {
                let time = Timestamp::saturating(row.time);
                let message =
                    format!("{STALE_BARS} bars up to {time} have the same prices, though there was volume");
                self.found.push(Oddity {
                    row: Some(*row),
                    rule: Rule::StaleRun,
                    column: Role::Close,
                    message,
                });
            }
        }
    }

    /// Returns what was found, and says how much was not told.
    pub(super) fn finish(mut self) -> Vec<Oddity> {
        for (rule, count) in [(Rule::Spike, self.spikes), (Rule::StaleRun, self.runs)] {
            if count > TOLD {
                let message = format!("{} more like those before", count - TOLD);
                self.found.push(Oddity {
                    row: None,
                    rule,
                    column: Role::Close,
                    message,
                });
            }
        }
        self.found
    }
}
