//! What has ended and is left out of lists, as its row can't be read.

use domain::error::StoreError;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::{
    database::{Fault, Lease},
    market::Row,
};

/// Lists the ids of rows that `read` finds damaged; `select` gives some of them behind an id, in order.
pub(super) async fn damaged<T>(
    lease: &mut Lease,
    select: &'static str,
    read: fn(&PgRow) -> Result<T, StoreError>,
) -> Result<Vec<Uuid>, Fault> {
    let mut damaged = Vec::new();
    let mut after: Option<Uuid> = None;
    loop {
        let rows = lease.all(sqlx::query(select).bind(after)).await?;
        for row in &rows {
            let id: Uuid = Row::new(row, "row").get("id")?;
            if matches!(read(row), Err(StoreError::Corrupt { .. })) {
                damaged.push(id);
            }
            after = Some(id);
        }
        if rows.is_empty() {
            return Ok(damaged);
        }
    }
}
