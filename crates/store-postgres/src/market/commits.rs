//! The commits of a series.

use domain::{
    error::{EntityRef, StoreError},
    id::{ImportId, SeriesId},
    market::{Commit, CommitKind, SeriesKey, Timestamp, Version},
};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::{
    database::{Database, Fault, damaged},
    entities::price_commit,
    market::row,
};

impl price_commit::Model {
    fn entity(&self) -> String {
        format!(
            "price_commit (series_id {}, version {})",
            self.series_id, self.version
        )
    }

    fn damaged(&self, column: &str, cause: impl std::fmt::Display) -> StoreError {
        damaged(self.entity(), format!("{column}: {cause}"))
    }

    fn digest(&self, column: &str, bytes: &[u8]) -> Result<domain::market::SetDigest, StoreError> {
        row::digest_of(bytes).ok_or_else(|| self.damaged(column, "it is not 16 bytes long"))
    }
}

fn kind_of(text: &str) -> Option<CommitKind> {
    use CommitKind::{Delete, Replace, Revert, Upsert};
    [Upsert, Replace, Delete, Revert]
        .into_iter()
        .find(|kind| kind.to_string() == text)
}

impl TryFrom<price_commit::Model> for Commit {
    type Error = StoreError;

    fn try_from(row: price_commit::Model) -> Result<Self, StoreError> {
        let count =
            |column: &str, count: i64| u64::try_from(count).map_err(|error| row.damaged(column, error));
        let kind =
            kind_of(&row.kind).ok_or_else(|| row.damaged("kind", format!("`{}` is none", row.kind)))?;
        let sha256 = row.source_sha256.as_deref().map(str::parse).transpose();
        Ok(Self {
            version: Version(count("version", row.version)?),
            kind,
            author: row.author.parse().map_err(|error| row.damaged("author", error))?,
            reason: row.reason.clone(),
            import_id: row.import_id.map(ImportId::from_uuid),
            source_name: row.source_name.clone(),
            source_sha256: sha256.map_err(|error| row.damaged("source_sha256", error))?,
            inserted: count("inserted", row.inserted)?,
            changed: count("changed", row.changed)?,
            deleted: count("deleted", row.deleted)?,
            bars: count("bars", row.bars)?,
            digest: row.digest("digest", &row.digest)?,
            committed_at: Timestamp::from_micros(row.committed_at)
                .map_err(|error| row.damaged("committed_at", error))?,
            idempotency_key: row.idempotency_key.clone(),
            payload: row
                .payload
                .as_deref()
                .map(|payload| row.digest("payload", payload))
                .transpose()?,
        })
    }
}

/// Returns the commit that made a version.
pub(super) async fn of_version(
    database: &Database,
    series: SeriesId,
    key: &SeriesKey,
    version: Version,
) -> Result<Commit, Fault> {
    let orm = database.orm().await?;
    let select = price_commit::Entity::find_by_id((series.as_uuid(), version.0 as i64));
    let found = orm.run(select.one(&orm.connection)).await?;
    let unknown = || StoreError::NotFound(EntityRef::Version(key.clone(), version));
    Ok(found.ok_or_else(unknown)?.try_into()?)
}

/// Returns the commit that was made under an idempotency key.
pub(super) async fn under_key(
    database: &Database,
    series: SeriesId,
    idempotency_key: &str,
) -> Result<Option<Commit>, Fault> {
    let orm = database.orm().await?;
    let select = price_commit::Entity::find()
        .filter(price_commit::Column::SeriesId.eq(series.as_uuid()))
        .filter(price_commit::Column::IdempotencyKey.eq(idempotency_key));
    let found = orm.run(select.one(&orm.connection)).await?;
    Ok(found.map(Commit::try_from).transpose()?)
}

/// Returns up to `limit` commits below a version, the newest first.
pub(super) async fn below(
    database: &Database,
    series: SeriesId,
    before: Option<Version>,
    limit: usize,
) -> Result<Vec<Commit>, Fault> {
    let orm = database.orm().await?;
    let mut select = price_commit::Entity::find().filter(price_commit::Column::SeriesId.eq(series.as_uuid()));
    if let Some(before) = before {
        let before = i64::try_from(before.0).unwrap_or(i64::MAX);
        select = select.filter(price_commit::Column::Version.lt(before));
    }
    let select = select
        .order_by_desc(price_commit::Column::Version)
        .limit(limit as u64);
    let found = orm.run(select.all(&orm.connection)).await?;
    Ok(found
        .into_iter()
        .map(Commit::try_from)
        .collect::<Result<_, _>>()?)
}
