//! Opening a store, and what all its parts share.

use std::{fmt, sync::Arc};

use domain::error::StoreError;
use sqlx::Connection as _;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::Mutex;

use crate::{
    database::Database, line::WriterLine, market::RunsCache, options::PostgresOptions,
    passed_over::PassedOver, schema,
};

/// A store on PostgreSQL. Clones share one handle; several handles, of one process or of many, share one database.
#[derive(Clone)]
pub struct PostgresStore {
    pub(crate) shared: Arc<Shared>,
}

impl PostgresStore {
    /// Opens the store in a database that has been migrated.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the server can't be reached, or the database has another schema than this
    /// program is built for; then the error names both and the command that mends it.
    pub async fn open(connect: PgConnectOptions, mut options: PostgresOptions) -> Result<Self, StoreError> {
        let mut connection = schema::reach(&connect).await?;
        schema::check(&mut connection).await?;
        drop(connection.close().await);
        options.bulk_connections = options.bulk_connections.max(2);
        options.connections = options.connections.max(1);
        Ok(Self {
            shared: Arc::new(Shared {
                database: Database::new(&connect, &options),
                line: WriterLine::default(),
                hold: Mutex::new(()),
                runs: RunsCache::new(),
                passed_over: PassedOver::default(),
                options,
            }),
        })
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("options", &self.shared.options)
            .finish_non_exhaustive()
    }
}

/// What all parts of a store share.
pub(crate) struct Shared {
    pub(crate) database: Database,
    pub(crate) options: PostgresOptions,
    /// Writers of this process, one a series.
    pub(crate) line: WriterLine,
    /// The writer of this process that holds a series while it prepares. It keeps a connection for long work and needs
    /// more of them; two such writers could wait for each other's.
    pub(crate) hold: Mutex<()>,
    /// The runs without a hole of series that were written lately.
    pub(crate) runs: RunsCache,
    /// The rows that can't be read.
    pub(crate) passed_over: PassedOver,
}
