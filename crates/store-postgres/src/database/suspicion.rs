//! Distrust of connections that lie idle, after another one has failed.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, timeout};

/// How long a connection that is tried, or given back, may take to answer.
pub(super) const TRIAL: Duration = Duration::from_millis(500);
/// A connection that lay idle for longer is tried before it is used: the server may have been restarted.
const FRESH: Duration = Duration::from_secs(1);

/// When a connection of a pool last turned out to be broken. What one outage has done to one connection, it has
/// likely done to all: those that have lain idle since before are tried before they are used.
#[derive(Debug, Clone, Default)]
pub(super) struct Suspicion(Arc<Mutex<Option<Instant>>>);

impl Suspicion {
    /// Notes that a connection is broken.
    pub(super) fn raise(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Tells whether a connection is to be tried that has been idle for that long.
    pub(super) fn covers(&self, idle_for: Duration) -> bool {
        let raised = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle_for > FRESH || raised.is_some_and(|raised| idle_for >= raised.elapsed())
    }
}

/// Waits for the answer of a connection on which nothing else is under way. Without a limit, one that the network
/// has forgotten would take the time of whoever tries it, and a place in the pool until the system gives up.
pub(super) async fn answers<T>(
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let silent = |_| sqlx::Error::Io(io::Error::from(io::ErrorKind::TimedOut));
    timeout(TRIAL, answer).await.map_err(silent)?
}
