//! How far and how long the equity lay below its peak.

use super::{Basis, Better, Evidence, Figure, MetricDefinition, Unit, account::cagr, numbers::ratio};

const DAY: f64 = 86_400_000_000.0;

pub(super) const DEFINITIONS: &[MetricDefinition] = &[
    MetricDefinition {
        name: "calmar",
        formula: "cagr ÷ |max_drawdown|",
        unit: Unit::Ratio,
        basis: Basis::Equity,
        better: Better::Higher,
        compute: calmar,
    },
    MetricDefinition {
        name: "max_drawdown",
        formula: "least of equity ÷ highest equity so far − 1; the initial cash is the first peak",
        unit: Unit::Fraction,
        basis: Basis::Equity,
        better: Better::Higher,
        compute: max_drawdown,
    },
    MetricDefinition {
        name: "average_drawdown",
        formula: "mean over the drawdowns (peak to recovery, or to the end) of the deepest point of each",
        unit: Unit::Fraction,
        basis: Basis::Equity,
        better: Better::Higher,
        compute: average_drawdown,
    },
    MetricDefinition {
        name: "max_drawdown_duration",
        formula: "longest time from a peak to its recovery, or to the end",
        unit: Unit::Days,
        basis: Basis::Equity,
        better: Better::Lower,
        compute: max_drawdown_duration,
    },
    MetricDefinition {
        name: "ulcer_index",
        formula: "√(mean over the bars of (equity ÷ highest equity so far − 1)²)",
        unit: Unit::Fraction,
        basis: Basis::Equity,
        better: Better::Lower,
        compute: ulcer_index,
    },
];

/// The drawdowns of an equity curve.
#[derive(Debug, Default)]
pub(super) struct Drawdowns {
    bars: usize,
    /// The deepest point of all, zero or below.
    deepest: f64,
    /// The sum of the deepest points of each drawdown.
    depths: f64,
    count: usize,
    /// The longest time below a peak, µs.
    longest: i64,
    squares: f64,
}

impl Drawdowns {
    /// Walks over the equity at each bar's close; `cash` is the first peak.
    pub(super) fn of(cash: f64, times: &[i64], equity: &[f64]) -> Self {
        let mut found = Self {
            bars: equity.len(),
            ..Self::default()
        };
        let mut peak = cash;
        let mut peak_time = times.first().copied().unwrap_or_default();
        // The deepest point of the drawdown that is open; zero when none is.
        let mut depth = 0.0;
        for (time, equity) in times.iter().zip(equity) {
            if *equity >= peak {
                if depth < 0.0 {
                    found.close(depth, time - peak_time);
                    depth = 0.0;
                }
                peak = *equity;
                peak_time = *time;
            } else {
                let below = equity / peak - 1.0;
                found.squares += below * below;
                depth = below.min(depth);
            }
        }
        if let Some(last) = times.last()
            && depth < 0.0
        {
            found.close(depth, last - peak_time);
        }
        found
    }

    fn close(&mut self, depth: f64, duration: i64) {
        self.deepest = self.deepest.min(depth);
        self.depths += depth;
        self.count += 1;
        self.longest = self.longest.max(duration);
    }
}

fn some<'a>(evidence: &'a Evidence<'_>) -> Result<&'a Drawdowns, &'static str> {
    if evidence.drawdowns.bars == 0 {
        Err("there are no bars")
    } else {
        Ok(&evidence.drawdowns)
    }
}

fn calmar(evidence: &Evidence<'_>) -> Figure {
    let deepest = some(evidence)?.deepest;
    ratio(
        cagr(evidence)?,
        deepest.abs(),
        "the equity never fell below a peak",
    )
}

fn max_drawdown(evidence: &Evidence<'_>) -> Figure {
    Ok(some(evidence)?.deepest)
}

fn average_drawdown(evidence: &Evidence<'_>) -> Figure {
    let drawdowns = some(evidence)?;
    let count = drawdowns.count as f64;
    ratio(drawdowns.depths, count, "the equity never fell below a peak")
}

fn max_drawdown_duration(evidence: &Evidence<'_>) -> Figure {
    Ok(some(evidence)?.longest as f64 / DAY)
}

fn ulcer_index(evidence: &Evidence<'_>) -> Figure {
    let drawdowns = some(evidence)?;
    Ok((drawdowns.squares / drawdowns.bars as f64).sqrt())
}
