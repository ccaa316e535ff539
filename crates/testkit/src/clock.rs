//! Clocks that tests hold in hand.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::{clock::Clock, market::Timestamp};

/// A clock that stands still until it is set.
#[derive(Debug)]
pub struct FixedClock {
    micros: AtomicI64,
}

impl FixedClock {
    /// Makes a clock that shows `time`.
    pub fn new(time: Timestamp) -> Self {
        Self {
            micros: AtomicI64::new(time.micros()),
        }
    }

    /// Makes the clock show `time`, later or earlier than before.
    pub fn set(&self, time: Timestamp) {
        self.micros.store(time.micros(), Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::saturating(self.micros.load(Ordering::SeqCst))
    }
}

/// A clock that moves on by a step each time that it is read.
#[derive(Debug)]
pub struct SteppingClock {
    micros: AtomicI64,
    step: AtomicI64,
}

impl SteppingClock {
    /// Makes a clock that shows `start` first and `step` µs more at each reading.
    pub fn new(start: Timestamp, step: i64) -> Self {
        Self {
            micros: AtomicI64::new(start.micros()),
            step: AtomicI64::new(step),
        }
    }

    /// Makes the clock show `time` next, later or earlier than before.
    pub fn set(&self, time: Timestamp) {
        self.micros.store(time.micros(), Ordering::SeqCst);
    }

    /// Makes the clock move on by `step` µs at each reading from now on; 0 holds it still.
    pub fn set_step(&self, step: i64) {
        self.step.store(step, Ordering::SeqCst);
    }

    /// Moves the clock on by `micros` at once, back if negative.
    pub fn advance(&self, micros: i64) {
        self.micros.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for SteppingClock {
    fn now(&self) -> Timestamp {
        let step = self.step.load(Ordering::SeqCst);
        Timestamp::saturating(self.micros.fetch_add(step, Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stepping_clock_rises_by_its_step_and_can_be_set_back() {
        let clock = SteppingClock::new(Timestamp::saturating(100), 5);
        assert_eq!([clock.now(), clock.now()].map(Timestamp::micros), [100, 105]);
        clock.set_step(0);
        clock.set(Timestamp::saturating(7));
        assert_eq!([clock.now(), clock.now()].map(Timestamp::micros), [7, 7]);
        clock.advance(-3);
        assert_eq!(clock.now().micros(), 4);
    }

    #[test]
    fn a_fixed_clock_stands_still() {
        let clock = FixedClock::new(Timestamp::saturating(100));
        assert_eq!(clock.now(), clock.now());
        clock.set(Timestamp::saturating(90));
        assert_eq!(clock.now().micros(), 90);
    }
}
