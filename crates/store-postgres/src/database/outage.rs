//! Remembering when the server was last lost: connections from before are tried before they are used.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// When the server was last lost; clones share it.
#[derive(Debug, Clone)]
pub(super) struct Outage {
    begin: Instant,
    /// Milliseconds since the beginning, counted from 1; 0: never.
    last: Arc<AtomicU64>,
}

impl Outage {
    pub(super) fn new() -> Self {
        Self {
            begin: Instant::now(),
            last: Arc::default(),
        }
    }

    /// Notes that a connection has broken just now.
    pub(super) fn note(&self) {
        let now = self.begin.elapsed().as_millis() as u64 + 1;
        self.last.fetch_max(now, Ordering::Relaxed);
    }

    /// Tells whether a connection of that age is from before the last outage.
    pub(super) fn is_older(&self, age: Duration) -> bool {
        let last = self.last.load(Ordering::Relaxed);
        let since = Duration::from_millis(last);
        last > 0 && self.begin.elapsed().saturating_sub(age) <= since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_from_before_an_outage_are_suspect() {
        let outage = Outage::new();
        assert!(!outage.is_older(Duration::from_secs(5)));
        outage.note();
        assert!(outage.is_older(Duration::from_secs(5)));
        std::thread::sleep(Duration::from_millis(20));
        assert!(!outage.is_older(Duration::ZERO));
    }
}
