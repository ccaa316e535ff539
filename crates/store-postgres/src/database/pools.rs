//! Connections, and whose turn it is to have one.

use std::{sync::Arc, time::Duration};

use domain::error::StoreError;
use sqlx::{
    ConnectOptions as _, Connection as _, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use super::{
    Fault, Lease,
    fault::Trouble,
    orm::Orm,
    suspicion::{Suspicion, answers},
};
use crate::options::PostgresOptions;

/// How long a request waits for anything at most.
const REQUEST: Duration = Duration::from_secs(2);
/// How long a statement of long work takes at most, and how long that waits for its turn where no requests are answered.
const LONG: Duration = Duration::from_mins(1);
/// How long a statement waits for a lock: as long as a writer is ready to wait, within these bounds.
const SHORTEST_LOCK: Duration = Duration::from_millis(100);
const LONGEST_LOCK: Duration = Duration::from_secs(3);
/// How much longer than the server itself a caller waits for the end of a statement.
const GRACE: Duration = Duration::from_secs(1);

/// Which connections: long work must not take those of short work away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Look-ups, reads and small writes.
    Requests,
    /// Imports, copies and checks of whole series.
    Bulk,
}

/// A few connections with the same limits.
#[derive(Debug, Clone)]
struct Pool {
    connections: PgPool,
    /// The pool's own queue churns connections when callers give up; this one is asked first.
    turns: Arc<Semaphore>,
    size: u32,
    /// How long a caller waits for its turn.
    patience: Duration,
    /// How long it waits for a connection then.
    connection_wait: Duration,
    statement: Duration,
    suspicion: Suspicion,
}

/// The database; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    requests: Pool,
    bulk: Pool,
}

impl Database {
    /// Prepares connections; none is made before it is needed.
    pub(crate) fn new(connect: &PgConnectOptions, options: &PostgresOptions) -> Self {
        // Who waits no longer for a writer than a request may answers requests: no read of theirs waits longer, either.
        let patience = if options.lock_wait > REQUEST {
            LONG
        } else {
            options.connection_wait
        };
        Self {
            requests: Pool::new(
                connect,
                options,
                options.connections,
                options.connection_wait,
                Duration::from_secs(5),
            ),
            bulk: Pool::new(connect, options, options.bulk_connections, patience, LONG),
        }
    }

    /// Returns how many connections a lane has: more tasks than that side by side would wait for each other.
    pub(crate) fn connections(&self, lane: Lane) -> usize {
        self.pool(lane).size as usize
    }

    fn pool(&self, lane: Lane) -> &Pool {
        match lane {
            Lane::Requests => &self.requests,
            Lane::Bulk => &self.bulk,
        }
    }

    /// Takes a connection when it is the caller's turn.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when none is free or the server can't be reached, within the time that
    /// [`PostgresOptions::connection_wait`] gives; long work waits for its turn for a minute, unless
    /// [`PostgresOptions::lock_wait`] is no longer than that of a request.
    pub(crate) async fn lease(&self, lane: Lane) -> Result<Lease, StoreError> {
        let pool = self.pool(lane);
        let until = Instant::now() + pool.patience;
        let turn = pool.turn(until).await?;
        pool.acquire(turn, until.min(Instant::now() + pool.connection_wait))
            .await
    }

    /// Takes a connection for what sea-orm does.
    pub(crate) async fn orm(&self) -> Result<Orm, StoreError> {
        Ok(Orm::new(self.lease(Lane::Requests).await?))
    }
}

impl Pool {
    fn new(
        connect: &PgConnectOptions,
        options: &PostgresOptions,
        size: u32,
        patience: Duration,
        statement: Duration,
    ) -> Self {
        let milliseconds = statement.as_millis().to_string();
        let lock = options
            .lock_wait
            .clamp(SHORTEST_LOCK, LONGEST_LOCK)
            .as_millis()
            .to_string();
        let connect = connect
            .clone()
            .options([
                ("search_path", "chandlery"),
                ("statement_timeout", milliseconds.as_str()),
                ("lock_timeout", lock.as_str()),
                ("idle_in_transaction_session_timeout", "10000"),
                ("timezone", "UTC"),
            ])
            .disable_statement_logging();
        let suspicion = Suspicion::default();
        let suspects = suspicion.clone();
        let connections = PgPoolOptions::new()
            .max_connections(size)
            .acquire_timeout(options.connection_wait)
            .test_before_acquire(false)
            .before_acquire(move |connection, state| {
                let is_tried = suspects.covers(state.idle_for);
                Box::pin(async move {
                    if is_tried {
                        answers(connection.ping()).await?;
                    }
                    Ok(true)
                })
            })
            .after_release(|connection, _| {
                Box::pin(async move {
                    // Whatever a caller that went away has left open ends here.
                    if connection.is_in_transaction() {
                        answers(sqlx::raw_sql("rollback").execute(&mut *connection)).await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(connect);
        Self {
            connections,
            turns: Arc::new(Semaphore::new(size as usize)),
            size,
            patience,
            connection_wait: options.connection_wait,
            statement,
            suspicion,
        }
    }

    fn is_full(&self) -> StoreError {
        StoreError::unavailable(Trouble::Full(self.size))
    }

    async fn turn(&self, until: Instant) -> Result<OwnedSemaphorePermit, StoreError> {
        let turn = timeout_at(until, self.turns.clone().acquire_owned()).await;
        turn.map_err(|_| self.is_full())?.map_err(StoreError::unavailable)
    }

    async fn acquire(&self, turn: OwnedSemaphorePermit, until: Instant) -> Result<Lease, StoreError> {
        match timeout_at(until, self.connections.acquire()).await {
            Ok(Ok(connection)) => {
                let limit = self.statement + GRACE;
                Ok(Lease::new(connection, turn, limit, self.suspicion.clone()))
            }
            Ok(Err(error)) => Err(Fault::from(error).into()),
            Err(_) => Err(StoreError::unavailable(Trouble::Silent(
                self.connection_wait.as_secs_f64().ceil() as u64,
            ))),
        }
    }
}
