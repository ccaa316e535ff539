//! What a store needs besides the address of its database.

use std::{fmt, sync::Arc, time::Duration};

use domain::{clock::Clock, id::IdSource};

/// What a store needs besides the address of its database.
#[derive(Clone)]
pub struct PostgresOptions {
    /// Where commits get their time from.
    pub clock: Arc<dyn Clock>,
    /// Where series and chunks get their ids from.
    pub ids: Arc<dyn IdSource>,
    /// How long a writer waits for another one of the same series.
    pub lock_wait: Duration,
    /// How long a caller waits for a connection, and short work for its turn to have one.
    pub connection_wait: Duration,
    /// How many connections requests share.
    pub connections: u32,
    /// How many connections long imports, copies and checks share besides; at least two.
    pub bulk_connections: u32,
    /// How long superseded versions are kept; for ever when not given.
    pub retention: Option<Duration>,
}

impl PostgresOptions {
    /// Takes ten connections for requests and four for long work, lets writers and those who need a connection wait for
    /// ten seconds and keeps every version.
    pub fn new(clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self {
            clock,
            ids,
            lock_wait: Duration::from_secs(10),
            connection_wait: Duration::from_secs(10),
            connections: 10,
            bulk_connections: 4,
            retention: None,
        }
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("lock_wait", &self.lock_wait)
            .field("connection_wait", &self.connection_wait)
            .field("connections", &self.connections)
            .field("bulk_connections", &self.bulk_connections)
            .field("retention", &self.retention)
            .finish_non_exhaustive()
    }
}
