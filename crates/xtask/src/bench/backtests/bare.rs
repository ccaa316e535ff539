//! The least that a crossover of two averages can be.

/// Memory for two moving averages, which is there before the time is taken.
pub(super) struct Averages {
    fast: Vec<f64>,
    slow: Vec<f64>,
}

impl Averages {
    /// Makes room for so many bars.
    pub(super) fn over(rows: usize) -> Self {
        Self {
            fast: vec![0.0; rows],
            slow: vec![0.0; rows],
        }
    }

    /// Computes both averages in one loop with sums that slide, where both are known, and returns how far the last
    /// ones lie apart; `fast` is the lesser period.
    pub(super) fn compute(&mut self, closes: &[f64], (fast, slow): (usize, usize)) -> f64 {
        let first = slow - 1;
        let mut of_fast: f64 = closes[slow - fast..first].iter().sum();
        let mut of_slow: f64 = closes[..first].iter().sum();
        let oldest = closes[slow - fast..].iter().zip(closes);
        let averages = self.fast[first..].iter_mut().zip(&mut self.slow[first..]);
        for ((close, (oldest_of_fast, oldest_of_slow)), (at_fast, at_slow)) in
            closes[first..].iter().zip(oldest).zip(averages)
        {
            of_fast += close;
            of_slow += close;
            *at_fast = of_fast / fast as f64;
            *at_slow = of_slow / slow as f64;
            of_fast -= oldest_of_fast;
            of_slow -= oldest_of_slow;
        }
        self.fast
            .last()
            .zip(self.slow.last())
            .map_or(f64::NAN, |(fast, slow)| fast - slow)
    }
}
