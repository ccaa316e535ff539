//! The table `strategy_version`.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "strategy_version")]
pub struct Model {
    /// The strategy.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The number of the version.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i64,
    /// What was saved, as JSON.
    #[sea_orm(select_as = "text")]
    pub document: String,
    /// The SHA-256 of its canonical JSON.
    pub digest: String,
    /// Who saved it.
    pub author: String,
    /// What the author wrote about it.
    pub note: Option<String>,
    /// When, µs since the epoch.
    pub saved_at: i64,
}

/// The strategy that a version belongs to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The row that says where its versions end.
    #[sea_orm(
        belongs_to = "super::strategy::Entity",
        from = "(Column::Name, Column::Version)",
        to = "(super::strategy::Column::Name, super::strategy::Column::Version)"
    )]
    Head,
}

impl Related<super::strategy::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Head.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
