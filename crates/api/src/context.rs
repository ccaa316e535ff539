//! What every handler works with.

use std::{sync::Arc, time::Duration};

use app::{
    backtest::{WorkerSettings, Workers},
    desk::{DeskError, ImportDesk},
    stores::Stores,
};
use domain::{
    clock::Clock,
    id::IdSource,
    market::{Author, WriteMeta},
};
use interchange::ReadOptions;
use tokio::{
    runtime::Handle,
    sync::{Mutex, OwnedSemaphorePermit, Semaphore},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    pages::Pages,
    problem::{ApiError, Kind},
};

/// How long a request waits for its turn before it is told to come back.
const TURN: Duration = Duration::from_secs(2);
/// How many long answers are streamed at once, for each core; each takes some MiB.
const STREAMS: usize = 6;
/// How many clients listen to hints at once.
const LISTENERS: usize = 256;
/// How many uploads are taken at once.
const UPLOADS: usize = 8;
/// How many bytes of bodies are in memory at once.
const BODIES: u64 = 128 << 20;

/// How much a request may bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of bars in one `PUT`, after decompression.
    pub bars_bytes: u64,
    /// The most bytes of one upload.
    pub upload_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bars_bytes: 64 << 20,
            upload_bytes: 1 << 30,
        }
    }
}

/// What the API is built on.
#[derive(Clone)]
pub struct Services {
    /// The ports of the store.
    pub stores: Stores,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers, also of requests.
    pub ids: Arc<dyn IdSource>,
    /// Who writes, as long as nobody signs in.
    pub author: Author,
    /// How files are read when a request says nothing else.
    pub read: ReadOptions,
    /// How much a request may bring.
    pub limits: Limits,
    /// How backtests are run.
    pub worker: WorkerSettings,
}

/// What every handler works with; one for the whole server.
pub struct Context {
    pub(crate) stores: Stores,
    pub(crate) desk: Arc<ImportDesk>,
    pub(crate) workers: Arc<Workers>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) read: ReadOptions,
    pub(crate) limits: Limits,
    pub(crate) pages: Pages,
    /// Is cancelled when the server shuts down; ends streams that have no end of their own.
    pub(crate) closing: CancellationToken,
    author: Author,
    heavy: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    listeners: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
    /// One permit stands for a KiB.
    bodies: Arc<Semaphore>,
    /// Instruments are changed one by one, lest a change be lost.
    pub(crate) changing_instruments: Mutex<()>,
    writes: TaskTracker,
    runtime: Handle,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Context {
    /// Makes the context; writes, imports and backtests run on the present runtime.
    pub(crate) fn new(services: Services) -> Self {
        let Services {
            stores,
            clock,
            ids,
            author,
            read,
            limits,
            worker,
        } = services;
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            desk: Arc::new(ImportDesk::new(
                stores.clone(),
                Arc::clone(&clock),
                Arc::clone(&ids),
            )),
            workers: Workers::start(stores.clone(), Arc::clone(&clock), Arc::clone(&ids), worker),
            stores,
            ids,
            clock,
            read,
            limits,
            pages: Pages::new(),
            closing: CancellationToken::new(),
            author,
            heavy: Arc::new(Semaphore::new(cores * 2)),
            streams: Arc::new(Semaphore::new(cores * STREAMS)),
            listeners: Arc::new(Semaphore::new(LISTENERS)),
            uploads: Arc::new(Semaphore::new(UPLOADS)),
            bodies: Arc::new(Semaphore::new((BODIES >> 10) as usize)),
            changing_instruments: Mutex::new(()),
            writes: TaskTracker::new(),
            runtime: Handle::current(),
        }
    }

    /// Says who writes, and why.
    ///
    /// # Errors
    /// When the reason is no line of text.
    pub(crate) fn meta(&self, reason: Option<String>) -> Result<WriteMeta, ApiError> {
        Ok(WriteMeta {
            reason: checked_reason(reason)?,
            ..WriteMeta::by(self.author.clone())
        })
    }

    /// Says who acts.
    pub(crate) fn author(&self) -> Author {
        self.author.clone()
    }

    /// Waits for a turn to encode, decode or compare much.
    pub(crate) async fn turn(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        turn(&self.heavy, 1).await
    }

    /// Waits for a turn to stream a long answer.
    pub(crate) async fn streaming_turn(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        turn(&self.streams, 1).await
    }

    /// Waits for a turn to listen to hints.
    pub(crate) async fn listening_turn(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        turn(&self.listeners, 1).await
    }

    /// Waits for a turn to upload.
    pub(crate) async fn uploading_turn(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        turn(&self.uploads, 1).await
    }

    /// Waits until there is room for a body of `bytes`, or of the largest size where nobody says.
    pub(crate) async fn room_for(&self, bytes: Option<u64>) -> Result<OwnedSemaphorePermit, ApiError> {
        let bytes = bytes.unwrap_or(u64::MAX).min(self.limits.bars_bytes).min(BODIES);
        turn(&self.bodies, bytes.div_ceil(1 << 10) as u32).await
    }

    /// Runs a write to its end, even if the client goes away meanwhile.
    pub(crate) async fn to_its_end<T: Send + 'static, E: Into<ApiError> + Send + 'static>(
        &self,
        write: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, ApiError> {
        let task = self.writes.spawn_on(write, &self.runtime);
        match task.await {
            Ok(done) => done.map_err(Into::into),
            Err(error) => Err(ApiError::internal(error)),
        }
    }

    /// Runs something that nobody waits for, on the runtime of the server.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(work);
    }

    /// Ends streams, and waits for writes, imports and backtests.
    pub(crate) async fn close(&self, patience: Duration) {
        self.closing.cancel();
        self.writes.close();
        futures::future::join(self.desk.close(patience), self.workers.close(patience)).await;
        self.writes.wait().await;
    }
}

/// The most characters of a reason.
const REASON: usize = 1_000;

/// Refuses a reason that is no line of text: it is shown on terminals.
pub(crate) fn checked_reason(reason: Option<String>) -> Result<Option<String>, ApiError> {
    match &reason {
        Some(text) if text.chars().count() > REASON || text.chars().any(char::is_control) => {
            let message = format!("a reason is a line of text of up to {REASON} characters");
            Err(ApiError::parameter("reason", message))
        }
        _ => Ok(reason),
    }
}

async fn turn(semaphore: &Arc<Semaphore>, permits: u32) -> Result<OwnedSemaphorePermit, ApiError> {
    let permit = tokio::time::timeout(TURN, Arc::clone(semaphore).acquire_many_owned(permits)).await;
    // A semaphore that is never closed ends in a permit or in the time being over.
    permit.ok().and_then(Result::ok).ok_or_else(|| {
        ApiError::new(
            Kind::Busy,
            "the server has more to do than it can at once; try again in a moment",
        )
    })
}

impl From<DeskError> for ApiError {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Busy => Self::new(Kind::TooMany, error.to_string()),
            DeskError::Closed => Self::new(Kind::Busy, error.to_string()),
            DeskError::NotFound(_) => Self::new(Kind::NotFound, error.to_string()),
            DeskError::NotChecked(_) | DeskError::UnderWay | DeskError::Ended(_) => {
                Self::new(Kind::Conflict, error.to_string())
            }
            DeskError::Import(error) => Self::from_import(error),
            DeskError::Store(error) => error.into(),
            DeskError::Rejected(error) => Self::internal(error),
        }
    }
}
