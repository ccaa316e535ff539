//! What tells a database from all others.

use domain::error::StoreError;
use sqlx::{Connection as _, postgres::PgConnectOptions};

use crate::{database::Fault, schema};

/// Returns what tells a database from all others, whatever name and port its server is reached by: the number that the
/// server's data got when it was made, and that of the database. `None` where the user may not ask for it. A database
/// that was restored from a dump is another one.
///
/// # Errors
/// [`StoreError::Unavailable`] when the server can't be reached.
pub async fn identity(connect: &PgConnectOptions) -> Result<Option<String>, StoreError> {
    let mut connection = schema::reach(connect).await?;
    let allowed: bool = sqlx::query_scalar("select has_function_privilege('pg_control_system()', 'execute')")
        .fetch_one(&mut connection)
        .await
        .map_err(Fault::from)?;
    let identity = if allowed {
        let sql = "select 'postgresql:' || system_identifier || '/' || \
                   (select oid from pg_database where datname = current_database()) from pg_control_system()";
        Some(
            sqlx::query_scalar(sql)
                .fetch_one(&mut connection)
                .await
                .map_err(Fault::from)?,
        )
    } else {
        None
    };
    drop(connection.close().await);
    Ok(identity)
}
