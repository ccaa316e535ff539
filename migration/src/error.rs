//! What can keep a migration from being made.

use crate::connect::ConnectError;

/// A migration can't be made. What had been begun was taken back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrationError {
    /// The URL can't be used.
    #[error("the database's URL can't be used: {0}")]
    Url(String),
    /// The server can't be reached, or does not let this user in.
    #[error("{0}")]
    Connect(#[from] ConnectError),
    /// The user lacks a right that an administrator has to give.
    #[error("{missing}. Have an administrator of the server run: {remedy}")]
    Right {
        /// What is missing.
        missing: String,
        /// The SQL that mends it.
        remedy: String,
    },
    /// Another process migrates, and took longer than anybody should wait.
    #[error("another migration is running on this database and did not end within {0} s; try again later")]
    Locked(u64),
    /// The database was migrated by a newer program.
    #[error(
        "the database has the schema {found}, which is newer than this program's {}; use the program that migrated it",
        crate::LATEST
    )]
    Newer {
        /// The newest migration there.
        found: String,
    },
    /// All data would be lost.
    #[error("{0}; say that you mean it with --yes")]
    WouldLose(String),
    /// The database refused a statement.
    #[error("the database refused: {}", said(.0))]
    Database(sqlx::Error),
    /// A migration failed.
    #[error("the migration failed: {0}")]
    Step(#[from] sea_orm::DbErr),
}

impl From<sqlx::Error> for MigrationError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// Returns what a server said, or what kept it from saying anything: the driver's own error tells besides in which line
/// of the server's source it was said.
pub fn said(error: &sqlx::Error) -> String {
    error
        .as_database_error()
        .map_or_else(|| error.to_string(), |error| error.message().to_owned())
}
