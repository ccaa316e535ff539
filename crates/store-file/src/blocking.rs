//! File work leaves the runtime's threads, so many pieces at once as the machine has use for.

use std::{num::NonZeroUsize, sync::Arc, thread};

use domain::error::StoreError;
use futures::stream::{self, BoxStream, StreamExt};
use tokio::{
    sync::{Semaphore, mpsc},
    task,
};

use crate::fault::TaskFault;

/// How many pieces of file work run at once, and a way to run them.
#[derive(Debug, Clone)]
pub(crate) struct Workers {
    permits: Arc<Semaphore>,
    count: usize,
}

impl Workers {
    pub(crate) fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        // Work waits for the disk now and then: two pieces a core keep the cores busy.
        Self {
            permits: Arc::new(Semaphore::new(cores * 2)),
            count: cores,
        }
    }

    /// Returns how many pieces are worth running side by side.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Runs `work` on a thread that may block.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = self
            .permits
            .clone()
            .acquire_owned()
            .await
            .map_err(StoreError::unavailable)?;
        let task = task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        task.await
            .map_err(|error| StoreError::unavailable(TaskFault(error)))?
    }
}

/// Runs `produce` on a thread that may block and streams what it gives out; at most one item waits.
///
/// It takes no permit: it may wait for its reader as long as that one likes.
pub(crate) fn stream<T: Send + 'static>(
    produce: impl FnOnce(&mut dyn FnMut(T) -> bool) -> Result<(), StoreError> + Send + 'static,
) -> BoxStream<'static, Result<T, StoreError>> {
    let (sender, receiver) = mpsc::channel(1);
    let begin = async move {
        task::spawn_blocking(move || {
            let items = sender.clone();
            // A closed channel means that nobody reads on: then there is nobody to tell either.
            if let Err(error) = produce(&mut |item| items.blocking_send(Ok(item)).is_ok()) {
                drop(sender.blocking_send(Err(error)));
            }
        });
        receiver
    };
    let items = |receiver| {
        stream::unfold(receiver, |mut receiver: mpsc::Receiver<_>| async move {
            Some((receiver.recv().await?, receiver))
        })
    };
    stream::once(begin).flat_map(items).boxed()
}
