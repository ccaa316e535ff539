//! Limits against the clock, which a machine that stands still breaks now and then, and a fault breaks every time.

use std::time::{Duration, Instant};

/// How often a limit may be tried.
const TRIES: usize = 5;

/// How long something may take, and how long it has taken so far, time after time.
#[derive(Debug)]
pub struct Limit {
    longest: Duration,
    taken: Vec<Duration>,
}

impl Limit {
    /// Makes one that has not been tried.
    pub fn of(longest: Duration) -> Self {
        let taken = Vec::new();
        Self { longest, taken }
    }

    /// Notes how long it took this time.
    pub fn note(&mut self, taken: Duration) {
        self.taken.push(taken);
    }

    /// Notes that it took as long as it is since an instant.
    pub fn note_since(&mut self, begin: Instant) {
        self.note(begin.elapsed());
    }

    /// Tells whether it was kept once; fails when it was tried too often.
    pub fn is_kept(&self) -> bool {
        let is_kept = self.taken.iter().any(|taken| *taken < self.longest);
        assert!(is_kept || self.taken.len() < TRIES, "never kept: {self:?}");
        is_kept
    }
}
