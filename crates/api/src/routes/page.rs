//! Pages of lists.

use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PageBody<T> {
    /// The items, in the order that was asked for.
    pub(crate) items: Vec<T>,
    /// What to pass as `cursor` for the next page; null when this is the last.
    pub(crate) next_cursor: Option<String>,
}
