//! The port of imports.

use async_trait::async_trait;

use crate::{
    error::StoreError,
    id::ImportId,
    market::Import,
    page::{Page, PageRequest},
};

/// Where imports are stored.
#[async_trait]
pub trait ImportStore: Send + Sync {
    /// Stores an import in its present state, in place of the state stored before.
    async fn put_import(&self, import: &Import) -> Result<(), StoreError>;

    /// Returns an import, if it is known.
    async fn import(&self, id: ImportId) -> Result<Option<Import>, StoreError>;

    /// Lists imports, the newest first.
    async fn imports(&self, query: ImportsQuery) -> Result<Page<Import, ImportId>, StoreError>;
}

/// Which imports are listed.
#[derive(Debug, Clone)]
pub struct ImportsQuery {
    /// The page.
    pub page: PageRequest<ImportId>,
}
