//! How far a database is.

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};

use crate::{MigrationError, connect::reach, steps};

/// A migration, and whether the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its name.
    pub name: String,
    /// Whether it has been applied.
    pub applied: bool,
    /// Whether this program knows it; one that it does not know is from a newer program.
    pub known: bool,
}

impl Applied {
    /// Returns what the state of the migration is called.
    pub fn state(&self) -> &'static str {
        match (self.applied, self.known) {
            (true, true) => "applied",
            (true, false) => "applied by a newer program",
            (false, _) => "pending",
        }
    }
}

/// How far a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Every migration that the program or the database knows, oldest first.
    pub migrations: Vec<Applied>,
}

impl Status {
    /// Returns the newest migration that the database has.
    pub fn version(&self) -> Option<&str> {
        self.migrations
            .iter()
            .rev()
            .find(|migration| migration.applied)
            .map(|migration| migration.name.as_str())
    }

    /// Tells whether the database has migrations that this program does not know.
    pub fn is_newer(&self) -> bool {
        self.migrations.iter().any(|migration| !migration.known)
    }

    /// Tells whether the database has just the migrations of this program.
    pub fn is_current(&self) -> bool {
        self.migrations
            .iter()
            .all(|migration| migration.applied && migration.known)
    }
}

/// Returns the names of the migrations that a database has, oldest first; none when it has never been migrated.
///
/// # Errors
/// Those of the connection.
pub async fn versions(connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    let migrated: bool = sqlx::query_scalar("select to_regclass('chandlery.seaql_migrations') is not null")
        .fetch_one(&mut *connection)
        .await?;
    if !migrated {
        return Ok(Vec::new());
    }
    sqlx::query_scalar("select version from chandlery.seaql_migrations order by version")
        .fetch_all(connection)
        .await
}

pub(crate) async fn status_of(connection: &mut PgConnection) -> Result<Status, MigrationError> {
    let found = versions(connection).await?;
    let known = steps::names().map(|name| Applied {
        name: name.to_owned(),
        applied: found.iter().any(|found| found == name),
        known: true,
    });
    let mut migrations: Vec<Applied> = known.collect();
    let foreign = found
        .iter()
        .filter(|found| !steps::names().any(|name| name == **found));
    migrations.extend(foreign.map(|name| Applied {
        name: name.clone(),
        applied: true,
        known: false,
    }));
    Ok(Status { migrations })
}

/// Tells how far a database is; changes nothing.
///
/// # Errors
/// [`MigrationError::Connect`], [`MigrationError::Database`].
pub async fn status(options: &PgConnectOptions) -> Result<Status, MigrationError> {
    let mut connection = reach(options).await?;
    let status = status_of(&mut connection).await?;
    connection.close().await?;
    Ok(status)
}
