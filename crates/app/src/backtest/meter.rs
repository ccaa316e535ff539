//! How far a run is, and whether it shall stop.

use std::{
    ops::ControlFlow,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

use crate::progress::{Progress, Stage};

/// What those who run something share with the one who waits for it.
#[derive(Debug, Default)]
pub(super) struct Meter {
    done: AtomicU64,
    total: AtomicU64,
    stopped: AtomicBool,
}

impl Meter {
    /// Returns how many steps are done.
    pub(super) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Returns how many steps there are; 0 while that is not known.
    pub(super) fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// Makes those who run it stop.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Takes note of what the engine's threads tell, and tells them whether to go on.
    pub(super) fn hear(&self, progress: engine::Progress) -> ControlFlow<()> {
        if progress.total > 0 {
            self.total.store(progress.total, Ordering::Relaxed);
            self.done.fetch_max(progress.done, Ordering::Relaxed);
        }
        if self.cancelled() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

impl Progress for Meter {
    fn begin(&self, _stage: &Stage, total: Option<u64>) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total.unwrap_or_default(), Ordering::Relaxed);
    }

    fn advance(&self, units: u64, _rows: u64) {
        self.done.fetch_add(units, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}
