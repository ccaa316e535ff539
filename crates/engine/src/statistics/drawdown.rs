//! How far and how long the equity lay below its peak.

use domain::backtest::ROUNDING;

use super::{
    Basis, Better, Evidence, Figure, MetricDefinition, Unit,
    account::cagr,
    numbers::{LANES, ratio, sum},
};

const DAY: f64 = 86_400_000_000.0;
/// How many bars are looked at together, as long as none of them reaches the peak.
const BLOCK: usize = 512;

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
    /// The highest equity so far; at first the initial cash.
    peak: f64,
    /// What has reached the peak but for rounding.
    floor: f64,
    /// Its time, that of the first bar for the initial cash; `None` before any bar.
    peak_time: Option<i64>,
    last_time: i64,
    /// The deepest point of the drawdown that is open; zero when none is.
    depth: f64,
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
    /// Begins before the first bar; `cash` is the first peak.
    pub(super) fn new(cash: f64) -> Self {
        Self {
            peak: cash,
            floor: floor(cash),
            ..Self::default()
        }
    }

    /// Walks over the equity at the closes of the bars that follow.
    pub(super) fn take(&mut self, times: &[i64], equity: &[f64]) {
        let Some(last) = times.last() else { return };
        self.last_time = *last;
        self.bars += equity.len();
        let mut peak_time = self.peak_time.unwrap_or(times[0]);
        for (times, equity) in times.chunks(BLOCK).zip(equity.chunks(BLOCK)) {
            let reaches = equity.iter().filter(|equity| **equity >= self.floor).count();
            if reaches == 0 {
                self.depth = self.below(equity).min(self.depth);
                continue;
            }
            for (time, equity) in times.iter().zip(equity) {
                if *equity >= self.floor {
                    if self.depth < 0.0 {
                        self.close(time - peak_time);
                    }
                    if *equity > self.peak {
                        (self.peak, self.floor) = (*equity, floor(*equity));
                    }
                    peak_time = *time;
                } else {
                    self.depth = self.below(std::slice::from_ref(equity)).min(self.depth);
                }
            }
        }
        self.peak_time = Some(peak_time);
    }

    /// Ends the drawdown that is open at the last bar.
    pub(super) fn finish(mut self) -> Self {
        if let Some(peak_time) = self.peak_time
            && self.depth < 0.0
        {
            self.close(self.last_time - peak_time);
        }
        self
    }

    /// Returns the deepest point, the longest duration in days and the mean depth.
    #[cfg(test)]
    pub(super) fn summary(&self) -> (f64, f64, f64) {
        let mean = self.depths / self.count.max(1) as f64;
        (self.deepest, self.longest as f64 / DAY, mean)
    }

    /// Takes in equities that all lie below the peak, and returns the deepest point of them. Square `i` goes to
    /// partial sum `i` mod [`LANES`]: the sums and divisions of several bars do not wait for each other.
    fn below(&mut self, equity: &[f64]) -> f64 {
        let peak = self.peak;
        let mut squares = [0.0; LANES];
        let mut depths = [0.0_f64; LANES];
        let mut take = |lane: usize, equity: f64| {
            let below = equity / peak - 1.0;
            squares[lane] += below * below;
            depths[lane] = if below < depths[lane] { below } else { depths[lane] };
        };
        let chunks = equity.chunks_exact(LANES);
        let rest = chunks.remainder();
        for chunk in chunks {
            for (lane, equity) in chunk.iter().enumerate() {
                take(lane, *equity);
            }
        }
        for (lane, equity) in rest.iter().enumerate() {
            take(lane, *equity);
        }
        self.squares += sum(squares);
        depths.into_iter().fold(0.0, f64::min)
    }

    fn close(&mut self, duration: i64) {
        let depth = std::mem::take(&mut self.depth);
        self.deepest = self.deepest.min(depth);
        self.depths += depth;
        self.count += 1;
        self.longest = self.longest.max(duration);
    }
}

/// Returns the least equity that counts as that peak.
pub(super) fn floor(peak: f64) -> f64 {
    peak - peak * ROUNDING
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
