//! The lock of the root: held by one writer, of whichever process, for one commit.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::error::StoreError;
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time,
};

use crate::{
    fault::{Locked, file_fault},
    store::Shared,
    vfs::LockGuard,
};

const FIRST_PAUSE: Duration = Duration::from_micros(200);
const LONGEST_PAUSE: Duration = Duration::from_millis(10);

/// The writers of this handle wait in line here, in order, before they try the file's lock.
#[derive(Debug, Default)]
pub(crate) struct WriterLine(Arc<Mutex<()>>);

/// The right to commit; dropping it gives it back.
pub(crate) struct WriteRight {
    // The file's lock goes first, then the next writer of this process.
    _file: Box<dyn LockGuard>,
    _line: OwnedMutexGuard<()>,
}

impl Shared {
    /// Waits for the right to commit, at most as long as the store was told to.
    pub(crate) async fn write_right(&self) -> Result<WriteRight, StoreError> {
        let begin = Instant::now();
        let path = self.layout.lock();
        let locked = || {
            let waited_ms = begin.elapsed().as_millis();
            StoreError::unavailable(Locked {
                path: path.clone(),
                waited_ms,
            })
        };
        let line = time::timeout(self.lock_wait, self.line.0.clone().lock_owned())
            .await
            .map_err(|_| locked())?;
        let mut pause = FIRST_PAUSE;
        loop {
            match self.vfs.try_lock(&path) {
                Ok(Some(file)) => {
                    return Ok(WriteRight {
                        _file: file,
                        _line: line,
                    });
                }
                Ok(None) if begin.elapsed() >= self.lock_wait => return Err(locked()),
                Ok(None) => time::sleep(pause).await,
                Err(error) => return Err(file_fault("lock", &path, error)),
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
