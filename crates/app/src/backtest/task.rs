//! Running the engine beside the runtime, watched and stoppable.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use engine::{Hook, RunError};

use super::error::BacktestError;
use crate::progress::{Progress, Stage};

/// How often the engine's progress is passed on.
const GLANCE: Duration = Duration::from_millis(50);

/// What the engine's threads and the one who waits for them share.
#[derive(Debug, Default)]
struct Meter {
    done: AtomicU64,
    total: AtomicU64,
    stopped: AtomicBool,
}

impl Meter {
    fn hear(&self, progress: engine::Progress) -> ControlFlow<()> {
        if progress.total > 0 {
            self.total.store(progress.total, Ordering::Relaxed);
            self.done.fetch_max(progress.done, Ordering::Relaxed);
        }
        if self.stopped.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

/// Stops the engine when nobody waits for it any more.
struct StopOnDrop(Arc<Meter>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stopped.store(true, Ordering::Relaxed);
    }
}

/// Runs the engine on a thread of its own, passes on how far it is, and stops it when `progress` says so or the
/// returned future is dropped.
pub(super) async fn engaged<T: Send + 'static>(
    stage: Stage,
    progress: &dyn Progress,
    work: impl FnOnce(Hook<'_>) -> Result<T, RunError> + Send + 'static,
) -> Result<T, BacktestError> {
    let meter = StopOnDrop(Arc::default());
    let shared = Arc::clone(&meter.0);
    let mut task = tokio::task::spawn_blocking(move || work(&|progress| shared.hear(progress)));
    let (mut begun, mut told) = (false, 0);
    loop {
        let ended = tokio::time::timeout(GLANCE, &mut task).await;
        let total = meter.0.total.load(Ordering::Relaxed);
        if !begun && total > 0 {
            progress.begin(&stage, Some(total));
            begun = true;
        }
        let done = meter.0.done.load(Ordering::Relaxed);
        progress.advance(done - told, 0);
        told = done;
        if let Ok(ended) = ended {
            return Ok(ended??);
        }
        if progress.cancelled() {
            meter.0.stopped.store(true, Ordering::Relaxed);
        }
    }
}
