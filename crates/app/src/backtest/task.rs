//! Running the engine beside the runtime, watched and stoppable.

use std::{sync::Arc, time::Duration};

use engine::{Hook, RunError};

use super::{error::BacktestError, meter::Meter};
use crate::progress::{Progress, Stage};

/// How often the engine's progress is passed on.
const GLANCE: Duration = Duration::from_millis(50);

/// Stops the engine when nobody waits for it any more.
struct StopOnDrop(Arc<Meter>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
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
        let total = meter.0.total();
        if !begun && total > 0 {
            progress.begin(&stage, Some(total));
            begun = true;
        }
        let done = meter.0.done();
        progress.advance(done - told, 0);
        told = done;
        if let Ok(ended) = ended {
            return Ok(ended??);
        }
        if progress.cancelled() {
            meter.0.stop();
        }
    }
}
