//! The table `price_commit`.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "price_commit")]
pub struct Model {
    /// The series.
    #[sea_orm(primary_key, auto_increment = false)]
    pub series_id: Uuid,
    /// The version that the commit made.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i64,
    /// What kind of write it was.
    pub kind: String,
    /// Who made it.
    pub author: String,
    /// Why.
    pub reason: Option<String>,
    /// The import that it belongs to.
    pub import_id: Option<Uuid>,
    /// The file that its bars came from.
    pub source_name: Option<String>,
    /// The SHA-256 of that file.
    pub source_sha256: Option<String>,
    /// How many bars were new.
    pub inserted: i64,
    /// How many got other values.
    pub changed: i64,
    /// How many went away.
    pub deleted: i64,
    /// How many there were afterwards.
    pub bars: i64,
    /// The digest of the series afterwards.
    pub digest: Vec<u8>,
    /// When, µs since the epoch.
    pub committed_at: i64,
    /// The key under which the write may be repeated.
    pub idempotency_key: Option<String>,
    /// The digest of what was written under it.
    pub payload: Option<Vec<u8>>,
}

/// None that are followed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
