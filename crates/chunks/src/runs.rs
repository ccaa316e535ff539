//! Runs without a hole, as few numbers as possible: stores keep them with each chunk, so that gaps are counted without
//! reading any bars.

use domain::market::{GridRun, Timeframe};
use serde::{Deserialize, Serialize};

/// The first start, then the count of each run and the µs from its end to the next one's start, by turns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PackedRuns(Vec<i64>);

impl PackedRuns {
    /// Packs the runs of a chunk, unless there are more than `most`: those are better read from the chunk itself when
    /// they are needed.
    pub fn pack(runs: &[GridRun], timeframe: Timeframe, most: usize) -> Option<Self> {
        if runs.len() > most {
            return None;
        }
        let mut numbers = Vec::with_capacity(runs.len() * 2);
        let mut end = 0;
        for run in runs {
            numbers.push(run.start - end);
            numbers.push(run.count as i64);
            end = end_of(run, timeframe);
        }
        Some(Self(numbers))
    }

    /// Returns the runs of bars of that `timeframe`.
    pub fn unpack(&self, timeframe: Timeframe) -> Vec<GridRun> {
        let mut end = 0;
        let unpack = |pair: &[i64]| {
            let run = GridRun {
                start: end + pair[0],
                count: pair[1] as u64,
            };
            end = end_of(&run, timeframe);
            run
        };
        self.0.chunks_exact(2).map(unpack).collect()
    }

    /// Takes numbers that [`PackedRuns::numbers`] gave.
    pub fn from_numbers(numbers: Vec<i64>) -> Self {
        Self(numbers)
    }

    /// Returns the numbers.
    pub fn numbers(&self) -> &[i64] {
        &self.0
    }
}

fn end_of(run: &GridRun, timeframe: Timeframe) -> i64 {
    match timeframe.micros() {
        Some(step) => run.start + step * run.count as i64,
        None => (0..run.count).fold(run.start, |time, _| timeframe.next_open(time)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_runs_unpack_to_what_they_were() {
        for timeframe in [Timeframe::MINUTE, Timeframe::DAY] {
            let step = timeframe.nominal_micros();
            let run = |start: i64, count| GridRun {
                start: start * step,
                count,
            };
            let runs = [run(-5, 3), run(10, 1), run(12, 400)];
            assert_eq!(
                PackedRuns::pack(&runs, timeframe, 3).unwrap().unpack(timeframe),
                runs
            );
        }
        let too_many = vec![GridRun { start: 0, count: 1 }; 4];
        assert_eq!(PackedRuns::pack(&too_many, Timeframe::DAY, 3), None);
    }
}
