//! Imports: one document each, named by its id, which sorts by time.

use async_trait::async_trait;
use domain::{
    error::StoreError,
    id::ImportId,
    market::{Import, ImportStore, ImportsQuery},
    page::Page,
};

use super::names::visible_entries;
use crate::{
    document,
    store::{FileStore, Shared},
};

fn list(shared: &Shared, query: &ImportsQuery) -> Result<Page<Import, ImportId>, StoreError> {
    let entries = visible_entries(shared, &shared.layout.imports())?;
    let ids = entries
        .iter()
        .filter_map(|entry| entry.name.strip_suffix(".json")?.parse::<ImportId>().ok());
    let mut ids: Vec<ImportId> = ids
        .filter(|id| query.page.after.is_none_or(|after| *id < after))
        .collect();
    ids.sort_unstable_by(|a, b| b.cmp(a));
    ids.truncate(query.page.limit.get() + 1);
    let mut items = Vec::with_capacity(ids.len());
    for id in ids {
        items.extend(document::read::<Import>(shared, &shared.layout.import(id))?);
    }
    Ok(Page::cut(items, query.page.limit, |import| import.id))
}

#[async_trait]
impl ImportStore for FileStore {
    async fn put_import(&self, import: &Import) -> Result<(), StoreError> {
        let (shared, import) = (self.shared.clone(), import.clone());
        self.shared
            .workers
            .run(move || document::write(&shared, &shared.layout.import(import.id), &import))
            .await
    }

    async fn import(&self, id: ImportId) -> Result<Option<Import>, StoreError> {
        let shared = self.shared.clone();
        self.shared
            .workers
            .run(move || document::read(&shared, &shared.layout.import(id)))
            .await
    }

    async fn imports(&self, query: ImportsQuery) -> Result<Page<Import, ImportId>, StoreError> {
        let shared = self.shared.clone();
        self.shared.workers.run(move || list(&shared, &query)).await
    }
}
