//! The table `instrument`.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "instrument")]
pub struct Model {
    /// The instrument.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Where it trades.
    pub venue: String,
    /// What it is called there.
    pub symbol: String,
    /// The venue in lower case.
    pub venue_folded: String,
    /// The symbol in lower case.
    pub symbol_folded: String,
    /// What kind of thing it is.
    pub asset_class: String,
    /// What prices are quoted in.
    pub currency: Option<String>,
    /// Where its days begin and end.
    pub zone: String,
    /// How many sessions a year has.
    pub sessions_per_year: i32,
    /// Whether prices of zero and below are possible.
    pub allows_nonpositive: bool,
}

/// None that are followed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
