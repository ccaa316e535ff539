//! Whether the database has the schema that this program is built for.

use domain::error::StoreError;
use migration::connect::ConnectError;
use sqlx::{PgConnection, postgres::PgConnectOptions};

use crate::database::Fault;

/// The database has another schema.
#[derive(Debug, thiserror::Error)]
#[error(
    "the database has {found}, and this program is built for the schema {}; {remedy}",
    migration::LATEST
)]
struct OtherSchema {
    found: String,
    remedy: &'static str,
}

/// Connects to the server.
pub(crate) async fn reach(connect: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    migration::connect::reach(connect)
        .await
        .map_err(StoreError::unavailable)
}

/// Refuses a database with another schema.
pub(crate) async fn check(connection: &mut PgConnection) -> Result<(), StoreError> {
    let found =
        migration::versions(connection)
            .await
            .map_err(|error| match ConnectError::of_rights(&error) {
                Some(denied) => StoreError::unavailable(denied),
                None => Fault::from(error).into(),
            })?;
    let newest = found.last();
    if newest.is_some_and(|newest| newest == migration::LATEST) {
        return Ok(());
    }
    let is_newer = newest.is_some_and(|newest| newest.as_str() > migration::LATEST);
    Err(StoreError::unavailable(OtherSchema {
        found: newest.map_or_else(
            || "no schema yet".to_owned(),
            |newest| format!("the schema {newest}"),
        ),
        remedy: if is_newer {
            "use the program that migrated it, or a newer one"
        } else {
            "run `chandlery migrate up`"
        },
    }))
}
