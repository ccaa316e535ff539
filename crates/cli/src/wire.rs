//! Puts a store together: the only file that names an adapter.

use std::sync::Arc;

use app::stores::Stores;
use domain::{clock::Clock, id::IdSource};
use store_file::{FileStore, FileStoreOptions};

use crate::{
    failure::UsageError,
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
                files: Some(store),
            })
        }
        StoreUrl::Postgres(_) => Err(UsageError(format!(
            "{url} names a PostgreSQL store, which is not built in yet; use --store file:PATH"
        ))
        .into()),
    }
}
