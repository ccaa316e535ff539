//! What an error of the server means for a caller.

use std::{fmt, sync::Arc};

use domain::error::StoreError;
use migration::said;
use sea_orm::{DbErr, RuntimeErr};
use sqlx::postgres::{PgDatabaseError, PgSeverity};

/// Why a unit of work did not end.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Others were in the way; the same work may succeed when it is done again.
    Crossed(sqlx::Error),
    /// Somebody needs what was to be removed.
    InUse(String),
    /// The answer for the caller.
    Store(StoreError),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Crossed(error) => Self::unavailable(Busy(error)),
            Fault::InUse(message) => Self::unavailable(message),
            Fault::Store(error) => error,
        }
    }
}

/// Others were in the way each time.
#[derive(Debug, thiserror::Error)]
#[error("others were writing the same rows each time it was tried; try again ({})", said(.0))]
struct Busy(sqlx::Error);

/// The server does not do what it should.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// No connection.
    #[error("the database can't be reached: {}", said(.0))]
    Unreachable(sqlx::Error),
    /// It took too long.
    #[error("the database did not answer within {0} s")]
    Silent(u64),
    /// All connections are in use.
    #[error("all {0} connections to the database are in use; try again")]
    Full(u32),
    /// It refuses.
    #[error("the database refused: {}", said(.0))]
    Refused(sqlx::Error),
}

/// What is stored is not what was written.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Damaged(String);

/// Says which row is damaged, and how.
pub(crate) fn damaged(entity: impl fmt::Display, problem: impl Into<String>) -> StoreError {
    StoreError::corrupt(entity, Damaged(problem.into()))
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        let Some(code) = code(&error) else {
            return Self::Store(without_code(error));
        };
        match code.as_str() {
            // Serialisation failure, deadlock, lock timeout; and two who made the same row or the same stretch.
            "40001" | "40P01" | "55P03" | "23P01" | "23505" => Self::Crossed(error),
            "55006" => Self::InUse(said(&error)),
            "22021" | "22P05" => Self::Store(StoreError::Invalid(
                "a text holds a character that the database can't keep (NUL); leave it out".to_owned(),
            )),
            _ => Self::Store(StoreError::unavailable(Trouble::Refused(error))),
        }
    }
}

fn code(error: &sqlx::Error) -> Option<String> {
    let database = error.as_database_error()?.try_downcast_ref::<PgDatabaseError>()?;
    Some(database.code().to_owned())
}

/// Tells whether an error is about one value, and leaves the connection as it was.
fn is_about_values(error: &sqlx::Error) -> bool {
    use sqlx::Error::{ColumnDecode, ColumnIndexOutOfBounds, ColumnNotFound, Decode, Encode, RowNotFound};
    matches!(
        error,
        ColumnDecode { .. }
            | ColumnIndexOutOfBounds { .. }
            | ColumnNotFound(_)
            | Decode(_)
            | Encode(_)
            | RowNotFound
    )
}

fn without_code(error: sqlx::Error) -> StoreError {
    if is_about_values(&error) {
        StoreError::corrupt("a row of the database", error)
    } else {
        StoreError::unavailable(Trouble::Unreachable(error))
    }
}

/// Tells whether the connection itself is no good any more.
pub(super) fn breaks_connection(error: &sqlx::Error) -> bool {
    let told = error.as_database_error().map(|error| error.try_downcast_ref());
    match told {
        // The server's last words, as when it is shut down.
        Some(told) => told.is_some_and(|told: &PgDatabaseError| {
            matches!(told.severity(), PgSeverity::Fatal | PgSeverity::Panic)
        }),
        None => !is_about_values(error),
    }
}

/// sea-orm wraps what the driver said.
impl From<DbErr> for Fault {
    fn from(error: DbErr) -> Self {
        match error {
            DbErr::Conn(RuntimeErr::SqlxError(error))
            | DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => match Arc::try_unwrap(error) {
                Ok(error) => error.into(),
                Err(error) => Self::Store(StoreError::unavailable(error.to_string())),
            },
            error @ (DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. }) => {
                Self::Store(StoreError::corrupt("a row of the database", error))
            }
            error => Self::Store(StoreError::unavailable(error)),
        }
    }
}
