//! The table `import`.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import")]
pub struct Model {
    /// The import.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// How far it is.
    pub state: String,
    /// Who started it.
    pub author: String,
    /// When it was started, µs since the epoch.
    pub started_at: i64,
    /// When it ended, µs since the epoch.
    pub finished_at: Option<i64>,
    /// The whole record, as JSON.
    pub document: String,
}

/// None that are followed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
