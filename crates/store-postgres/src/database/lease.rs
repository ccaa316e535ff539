//! A connection in somebody's hands.

use std::time::Duration;

use domain::error::StoreError;
use sqlx::{
    PgConnection, Postgres,
    pool::PoolConnection,
    postgres::{PgArguments, PgQueryResult, PgRow},
    query::Query,
};
use tokio::{
    runtime::Handle,
    sync::OwnedSemaphorePermit,
    time::{error::Elapsed, timeout},
};

use super::{
    Fault,
    fault::{Trouble, breaks_connection},
    suspicion::{Suspicion, TRIAL},
};

/// A query with its arguments.
pub(crate) type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// A connection, until it is dropped. One that was left in the middle of something, by whatever way, is closed rather
/// than given to the next.
#[derive(Debug)]
pub(crate) struct Lease {
    connection: Option<PoolConnection<Postgres>>,
    turn: Option<OwnedSemaphorePermit>,
    limit: Duration,
    suspicion: Suspicion,
    is_busy: bool,
    in_transaction: bool,
}

impl Lease {
    pub(super) fn new(
        connection: PoolConnection<Postgres>,
        turn: OwnedSemaphorePermit,
        limit: Duration,
        suspicion: Suspicion,
    ) -> Self {
        Self {
            connection: Some(connection),
            turn: Some(turn),
            limit,
            suspicion,
            is_busy: false,
            in_transaction: false,
        }
    }

    /// Returns the connection, which counts as busy until [`Lease::settle`].
    fn connection(&mut self) -> Result<&mut PgConnection, StoreError> {
        self.is_busy = true;
        let connection = self.connection.as_deref_mut();
        connection.ok_or_else(|| StoreError::unavailable("the connection was given back"))
    }

    fn settle<T>(&mut self, done: Result<Result<T, sqlx::Error>, Elapsed>) -> Result<T, Fault> {
        match done {
            Ok(Ok(value)) => {
                self.is_busy = false;
                Ok(value)
            }
            Ok(Err(error)) => {
                self.is_busy = breaks_connection(&error);
                if self.is_busy {
                    self.suspicion.raise();
                }
                Err(error.into())
            }
            Err(_) => {
                self.suspicion.raise();
                Err(StoreError::unavailable(Trouble::Silent(self.limit.as_secs())).into())
            }
        }
    }

    /// Returns all rows.
    pub(crate) async fn all(&mut self, statement: Statement<'_>) -> Result<Vec<PgRow>, Fault> {
        let limit = self.limit;
        let done = timeout(limit, statement.fetch_all(self.connection()?)).await;
        self.settle(done)
    }

    /// Returns the row, if there is one.
    pub(crate) async fn optional(&mut self, statement: Statement<'_>) -> Result<Option<PgRow>, Fault> {
        let limit = self.limit;
        let done = timeout(limit, statement.fetch_optional(self.connection()?)).await;
        self.settle(done)
    }

    /// Returns how many rows were touched.
    pub(crate) async fn execute(&mut self, statement: Statement<'_>) -> Result<u64, Fault> {
        Ok(self.done(statement).await?.rows_affected())
    }

    /// Returns what the server says of it.
    pub(super) async fn done(&mut self, statement: Statement<'_>) -> Result<PgQueryResult, Fault> {
        let limit = self.limit;
        let done = timeout(limit, statement.execute(self.connection()?)).await;
        self.settle(done)
    }

    async fn plain(&mut self, sql: &'static str) -> Result<(), Fault> {
        let limit = self.limit;
        let done = timeout(limit, sqlx::raw_sql(sql).execute(self.connection()?)).await;
        self.settle(done)?;
        Ok(())
    }

    /// Begins a transaction. There is none within another.
    pub(crate) async fn begin(&mut self) -> Result<(), Fault> {
        self.in_transaction = true;
        self.plain("begin").await
    }

    /// Begins a transaction in which all statements see the same moment.
    pub(crate) async fn begin_snapshot(&mut self) -> Result<(), Fault> {
        self.in_transaction = true;
        self.plain("begin isolation level repeatable read, read only")
            .await
    }

    /// Lets the transaction stand still for a minute, while its owner merges what is long.
    pub(crate) async fn be_patient(&mut self) -> Result<(), Fault> {
        self.plain("set local idle_in_transaction_session_timeout = '60s'")
            .await
    }

    /// Ends the transaction. After an error inside it there is nothing to commit: the server would say yes and do
    /// nothing, so every error must lead to [`Lease::roll_back`], or to dropping the lease.
    pub(crate) async fn commit(&mut self) -> Result<(), Fault> {
        self.plain("commit").await?;
        self.in_transaction = false;
        Ok(())
    }

    /// Takes back what the transaction did.
    pub(crate) async fn roll_back(&mut self) -> Result<(), Fault> {
        self.plain("rollback").await?;
        self.in_transaction = false;
        Ok(())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        let runtime = Handle::try_current();
        let (false, false, Ok(runtime)) = (self.is_busy, self.in_transaction, runtime) else {
            // The socket is closed at once; the server ends the transaction.
            drop(connection.detach());
            return;
        };
        let (returned, turn) = (connection.return_to_pool(), self.turn.take());
        runtime.spawn(async move {
            // The pool asks the server twice, and would wait for ever; who is cut off here is closed.
            drop(timeout(TRIAL * 2, returned).await);
            drop(turn);
        });
    }
}
