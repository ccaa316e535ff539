//! One migration at a time.

use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};

use crate::MigrationError;

/// The advisory lock of migrations: "chandler" in ASCII.
const KEY: i64 = i64::from_be_bytes(*b"chandler");
/// How long a migration waits for another one.
const LIMIT: Duration = Duration::from_mins(10);
/// How often it looks whether its turn has come.
const PAUSE: Duration = Duration::from_millis(200);

/// The right to migrate, held by a connection of its own: it goes with the process, however that ends.
pub(crate) struct Lock(PgConnection);

impl Lock {
    /// Waits for the turn. Asking again and again, rather than in one blocking statement, leaves nothing behind that
    /// would hold up index builds or be cut off by a timeout.
    pub(crate) async fn take(mut connection: PgConnection) -> Result<Self, MigrationError> {
        let begun = Instant::now();
        loop {
            let got: bool = sqlx::query_scalar("select pg_try_advisory_lock($1)")
                .bind(KEY)
                .fetch_one(&mut connection)
                .await?;
            if got {
                return Ok(Self(connection));
            }
            if begun.elapsed() > LIMIT {
                return Err(MigrationError::Locked(LIMIT.as_secs()));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Returns the connection, to prepare the database with.
    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        &mut self.0
    }

    /// Gives the turn to the next.
    pub(crate) async fn release(self) -> Result<(), MigrationError> {
        Ok(self.0.close().await?)
    }
}
