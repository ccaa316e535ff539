//! The worst drawdowns of an equity curve, one by one.

use domain::{backtest::EquityCurve, market::Timestamp};
use serde::Serialize;

use super::drawdown::floor;

/// A time during which the equity lay below a peak that it had reached before.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Drawdown {
    /// How deep the equity fell, as a fraction of the peak: below zero.
    pub depth: f64,
    /// The time of the peak.
    pub peak: Timestamp,
    /// The time of the deepest point.
    pub trough: Timestamp,
    /// When the peak was reached again; `None` when it was not, by the end.
    pub recovered: Option<Timestamp>,
    /// From the peak to the recovery, or to the end, in days of 24 hours.
    pub days: f64,
}

const DAY: f64 = 86_400_000_000.0;

/// Returns the `count` deepest drawdowns, the deepest one first; of equally deep ones the earlier comes first. The
/// initial `cash` is the first peak, and a recovery is a bar at whose close the peak is reached or exceeded, as in the
/// figure `max_drawdown`.
pub fn worst_drawdowns(cash: f64, curve: &EquityCurve, count: usize) -> Vec<Drawdown> {
    let mut found = Vec::new();
    let mut peak = (curve.time().first().copied().unwrap_or_default(), cash);
    let mut open: Option<Below> = None;
    for (time, equity) in curve.time().iter().copied().zip(curve.equity().iter().copied()) {
        if equity >= floor(peak.1) {
            let recovered = Some(Timestamp::saturating(time));
            found.extend(open.take().map(|below| below.closed(recovered, time)));
            peak = (time, equity.max(peak.1));
            continue;
        }
        let depth = equity / peak.1 - 1.0;
        let below = open.get_or_insert(Below {
            peak: peak.0,
            trough: time,
            depth,
        });
        if depth < below.depth {
            (below.depth, below.trough) = (depth, time);
        }
    }
    let last = curve.time().last().copied().unwrap_or_default();
    found.extend(open.map(|below| below.closed(None, last)));
    found.sort_by(|a, b| a.depth.total_cmp(&b.depth));
    found.truncate(count);
    found
}

/// A drawdown that has not ended; times in µs since the epoch.
struct Below {
    peak: i64,
    trough: i64,
    depth: f64,
}

impl Below {
    fn closed(self, recovered: Option<Timestamp>, end: i64) -> Drawdown {
        Drawdown {
            depth: self.depth,
            peak: Timestamp::saturating(self.peak),
            trough: Timestamp::saturating(self.trough),
            recovered,
            days: (end - self.peak) as f64 / DAY,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::drawdown::Drawdowns, *};

    fn curve(equity: &[f64]) -> EquityCurve {
        let days = (0..equity.len() as i64).map(|day| day * 86_400_000_000);
        EquityCurve::new(days.collect(), equity.to_vec()).unwrap()
    }

    fn day(day: i64) -> Timestamp {
        Timestamp::saturating(day * 86_400_000_000)
    }

    proptest! {
        #[test]
        fn the_figures_of_drawdowns_are_those_of_the_list(
            steps in prop::collection::vec(-0.02..0.021_f64, 1..3000),
            parts in 1..700_usize,
        ) {
            let grow = |equity: &mut f64, step: &f64| {
                *equity *= 1.0 + step;
                Some(*equity)
            };
            let curve = curve(&steps.iter().scan(100.0, grow).collect::<Vec<f64>>());
            let list = worst_drawdowns(100.0, &curve, usize::MAX);
            let mut figures = Drawdowns::new(100.0);
            // Whatever the walk is cut into, but for blocks that it cuts itself.
            let parts = 512 * (1 + parts / 200);
            for (times, equity) in curve.time().chunks(parts).zip(curve.equity().chunks(parts)) {
                figures.take(times, equity);
            }
            let (deepest, longest, mean) = figures.finish().summary();
            prop_assert_eq!(deepest, list.first().map_or(0.0, |worst| worst.depth));
            prop_assert_eq!(longest, list.iter().fold(0.0, |longest, one| f64::max(longest, one.days)));
            let depths: f64 = list.iter().map(|one| one.depth).sum();
            prop_assert!((mean - depths / list.len().max(1) as f64).abs() < 1e-12);
        }
    }

    #[test]
    fn the_deepest_comes_first_and_an_open_one_has_no_recovery() {
        let found = worst_drawdowns(100.0, &curve(&[100.0, 90.0, 95.0, 100.0, 200.0, 150.0, 160.0]), 5);
        let expected = [
            Drawdown {
                depth: -0.25,
                peak: day(4),
                trough: day(5),
                recovered: None,
                days: 2.0,
            },
            Drawdown {
                depth: 90.0 / 100.0 - 1.0,
                peak: day(0),
                trough: day(1),
                recovered: Some(day(3)),
                days: 3.0,
            },
        ];
        assert_eq!(found, expected);
        assert_eq!(
            worst_drawdowns(100.0, &curve(&[100.0, 90.0, 100.0, 80.0]), 1)[0].depth,
            80.0 / 100.0 - 1.0
        );
    }

    #[test]
    fn the_cash_is_the_first_peak_and_a_curve_that_only_rises_has_none() {
        assert_eq!(worst_drawdowns(100.0, &curve(&[50.0]), 5)[0].depth, -0.5);
        assert_eq!(worst_drawdowns(100.0, &curve(&[100.0, 101.0]), 5), []);
        assert_eq!(worst_drawdowns(100.0, &curve(&[]), 5), []);
        let cash = 10_000.05_f64;
        let last_digit_off = curve(&[cash.next_down(), cash, cash.next_down()]);
        assert_eq!(worst_drawdowns(cash, &last_digit_off, 5), []);
    }
}
