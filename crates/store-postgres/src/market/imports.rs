//! Imports: one row each, named by its id, which sorts by time.

use async_trait::async_trait;
use domain::{
    error::StoreError,
    id::ImportId,
    market::{Import, ImportStore, ImportsQuery},
    page::Page,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::OnConflict,
};
use serde_json::Value;

use crate::{
    database::Fault,
    entities::import::{ActiveModel, Column, Entity, Model},
    store::PostgresStore,
};

impl TryFrom<Model> for Import {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        serde_json::from_str(&row.document)
            .map_err(|error| StoreError::corrupt(format!("import (id {}), column document", row.id), error))
    }
}

/// Returns the row of an import.
fn row_of(import: &Import) -> Result<ActiveModel, StoreError> {
    let state = serde_json::to_value(import.state).map_err(StoreError::unavailable)?;
    Ok(ActiveModel {
        id: Set(import.id.as_uuid()),
        state: Set(state
            .as_str()
            .map_or_else(|| Value::to_string(&state), str::to_owned)),
        author: Set(import.author.as_str().to_owned()),
        started_at: Set(import.started_at.micros()),
        finished_at: Set(import.finished_at.map(domain::market::Timestamp::micros)),
        document: Set(serde_json::to_string(import).map_err(StoreError::unavailable)?),
    })
}

#[async_trait]
impl ImportStore for PostgresStore {
    async fn put_import(&self, import: &Import) -> Result<(), StoreError> {
        let row = row_of(import)?;
        let columns = [
            Column::State,
            Column::Author,
            Column::StartedAt,
            Column::FinishedAt,
            Column::Document,
        ];
        let replace = OnConflict::column(Column::Id).update_columns(columns).to_owned();
        let insert = Entity::insert(row).on_conflict(replace);
        let orm = self.shared.database.orm().await?;
        orm.run(insert.exec_without_returning(&orm.connection))
            .await
            .map_err(StoreError::from)?;
        Ok(())
    }

    async fn import(&self, id: ImportId) -> Result<Option<Import>, StoreError> {
        let orm = self.shared.database.orm().await?;
        let select = Entity::find_by_id(id.as_uuid());
        let found: Result<_, Fault> = orm.run(select.one(&orm.connection)).await;
        found?.map(Import::try_from).transpose()
    }

    async fn imports(&self, query: ImportsQuery) -> Result<Page<Import, ImportId>, StoreError> {
        let mut select = Entity::find()
            .order_by_desc(Column::Id)
            .limit(query.page.limit.get() as u64 + 1);
        if let Some(after) = query.page.after {
            select = select.filter(Column::Id.lt(after.as_uuid()));
        }
        let orm = self.shared.database.orm().await?;
        let found: Result<_, Fault> = orm.run(select.all(&orm.connection)).await;
        let imports = found?
            .into_iter()
            .map(Import::try_from)
            .collect::<Result<_, _>>()?;
        Ok(Page::cut(imports, query.page.limit, |import: &Import| import.id))
    }
}
