//! The table `strategy`.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "strategy")]
pub struct Model {
    /// The strategy.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The newest version.
    pub version: i64,
    /// The newest version when it was removed; it is in use while there is a later one.
    pub removed_through: i64,
}

/// None that are followed from here.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
