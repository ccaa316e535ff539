//! Puts a store together: the only file that names adapters.

use std::sync::Arc;

use app::stores::Stores;
use domain::{clock::Clock, id::IdSource};
use store_file::{FileStore, FileStoreOptions};
use store_postgres::{PostgresOptions, PostgresStore};

use crate::{
    database::Database,
    settings::{Settings, StoreUrl},
};

/// Opens the store that the settings name.
///
/// # Errors
/// [`UsageError`] for a kind of store that this program was built without; a store error when it can't be opened.
pub(crate) async fn open(
    settings: &Settings,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
) -> anyhow::Result<Stores> {
    open_url(&settings.store, settings, clock, ids).await
}

/// Opens the store that a URL names, in the way that the settings say.
///
/// # Errors
/// Those of [`open`].
pub(crate) async fn open_url(
    url: &StoreUrl,
    settings: &Settings,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
) -> anyhow::Result<Stores> {
    match url {
        StoreUrl::File(path) => {
            let options = FileStoreOptions {
                lock_wait: settings.lock_wait,
                ..FileStoreOptions::new(clock, ids)
            };
            let path = path.clone();
            let opened = tokio::task::spawn_blocking(move || FileStore::open(&path, options)).await?;
            let store = Arc::new(opened?);
            Ok(Stores {
                instruments: store.clone(),
                prices: store.clone(),
                imports: store.clone(),
                strategies: store.clone(),
                backtests: store.clone(),
                sweeps: store.clone(),
                jobs: store.clone(),
                files: Some(store),
            })
        }
        StoreUrl::Postgres(_) => {
            let options = PostgresOptions {
                lock_wait: settings.lock_wait,
                connection_wait: settings.postgres.connection_wait,
                connections: settings.postgres.connections,
                bulk_connections: settings.postgres.bulk_connections,
                retention: settings.postgres.retention,
                ..PostgresOptions::new(clock, ids)
            };
            let database = Database::of(url, settings)?;
            let opened = PostgresStore::open(database.options.clone(), options).await;
            let store = Arc::new(opened.map_err(|error| database.advised(error))?);
            Ok(Stores {
                instruments: store.clone(),
                prices: store.clone(),
                imports: store.clone(),
                strategies: store.clone(),
                backtests: store.clone(),
                sweeps: store.clone(),
                jobs: store,
                files: None,
            })
        }
    }
}

/// Returns what tells a database from all others, under whatever URL it is reached; `None` for what is no database, and
/// where it can't be asked for that.
pub(crate) async fn identity(url: &StoreUrl, settings: &Settings) -> anyhow::Result<Option<String>> {
    let StoreUrl::Postgres(_) = url else {
        return Ok(None);
    };
    let database = Database::of(url, settings)?;
    let identity = store_postgres::identity(&database.options).await;
    identity.map_err(|error| database.advised(error))
}
