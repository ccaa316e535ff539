//! Puts a store together: the only file that names adapters.

use std::sync::Arc;

use app::stores::Stores;
use domain::{clock::Clock, id::IdSource};
use migration::connect::ConnectOptions;
use store_file::{FileStore, FileStoreOptions};
use store_postgres::{PostgresOptions, PostgresStore};
use url::Url;

use crate::{
    failure::UsageError,
    settings::{Secret, Settings, StoreUrl},
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
                files: Some(store),
            })
        }
        StoreUrl::Postgres(_) => {
            let options = PostgresOptions {
                lock_wait: settings.lock_wait,
                connections: settings.postgres.connections,
                bulk_connections: settings.postgres.bulk_connections,
                retention: settings.postgres.retention,
                ..PostgresOptions::new(clock, ids)
            };
            let store = Arc::new(PostgresStore::open(database(url, settings)?, options).await?);
            Ok(Stores {
                instruments: store.clone(),
                prices: store.clone(),
                imports: store.clone(),
                strategies: store,
                files: None,
            })
        }
    }
}

/// Returns how to connect to the database that a URL names.
///
/// # Errors
/// [`UsageError`] when the URL names no database.
pub(crate) fn database(url: &StoreUrl, settings: &Settings) -> Result<ConnectOptions, UsageError> {
    let StoreUrl::Postgres(text) = url else {
        return Err(UsageError(format!(
            "{url} is no database; write postgres://user@host:5432/name"
        )));
    };
    let has_password = Url::parse(text.expose()).is_ok_and(|url| url.password().is_some());
    let password = settings.postgres.password.as_ref().filter(|_| !has_password);
    migration::connect::options(text.expose(), password.map(Secret::expose))
        .map_err(|error| UsageError(format!("{url}: {error}")))
}
