//! How much of a randomised test is run.

use std::time::{Duration, Instant};

/// Returns how many of `full` rounds are run: `CHANDLERY_TEST_SCALE` percent of them (1 unless it is set), at least
/// 20 and never more than `full`.
///
/// # Panics
/// When the variable is no number.
pub fn count(full: u64) -> u64 {
    count_at(percent(), full)
}

fn count_at(percent: f64, full: u64) -> u64 {
    ((full as f64 * percent / 100.0).round() as u64).max(20).min(full)
}

fn percent() -> f64 {
    let Ok(text) = std::env::var("CHANDLERY_TEST_SCALE") else {
        return 1.0;
    };
    let percent: f64 = text.parse().unwrap_or(f64::NAN);
    assert!(
        percent > 0.0,
        "CHANDLERY_TEST_SCALE must be a percentage above 0, not `{text}`"
    );
    percent
}

/// The 60 s that a promise may take at the usual scale; above it there is no limit.
#[derive(Debug)]
pub struct Deadline {
    end: Option<Instant>,
}

impl Deadline {
    /// Starts the clock.
    ///
    /// # Panics
    /// When `CHANDLERY_TEST_SCALE` is no number.
    pub fn start() -> Self {
        Self::after(Duration::from_mins(1), percent())
    }

    fn after(limit: Duration, percent: f64) -> Self {
        Self {
            end: (percent <= 1.0).then(|| Instant::now() + limit),
        }
    }

    /// Tells whether the time is over.
    pub fn passed(&self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
    }
}

/// Returns the seed of a randomised test: `CHANDLERY_TEST_SEED`, or a new one each time.
///
/// # Panics
/// When the variable is no number.
pub fn seed() -> u64 {
    match std::env::var("CHANDLERY_TEST_SEED") {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("CHANDLERY_TEST_SEED must be a number, not `{text}`")),
        Err(_) => rand::random(),
    }
}

/// Stretches a seed over the 32 bytes that generators take.
pub fn spread(seed: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes
}

/// Prints the seed of a test, so that it can be run again in the same way.
#[expect(
    clippy::print_stderr,
    reason = "the captured output of a failed test is where its seed is looked for"
)]
pub fn announce(test: &str, seed: u64) {
    eprintln!("{test}: CHANDLERY_TEST_SEED={seed}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_percent_is_run_but_no_less_than_twenty_and_no_more_than_all() {
        assert_eq!(count_at(1.0, 10_000), 100);
        assert_eq!(count_at(1.0, 300), 20);
        assert_eq!(count_at(100.0, 10_000), 10_000);
        assert_eq!(count_at(100.0, 5), 5);
    }

    #[test]
    fn only_the_usual_scale_has_a_deadline() {
        assert!(Deadline::after(Duration::ZERO, 1.0).passed());
        assert!(!Deadline::after(Duration::from_mins(1), 1.0).passed());
        assert!(!Deadline::after(Duration::ZERO, 100.0).passed());
    }
}
