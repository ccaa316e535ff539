//! Why a database does not let a program in.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::postgres::{PgConnectOptions, PgDatabaseError};

use crate::said;

/// What kept a connection from being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// Nobody answers at the address.
    Unreachable,
    /// The connection can't be encrypted as it should be, or the server can't prove who it is.
    Tls,
    /// The password is missing or wrong.
    Password,
    /// The server lets this user in from elsewhere, in another way, or not at all.
    Entry,
    /// There is no database of that name.
    Database,
    /// The user is let in, and may not use the tables.
    Rights,
    /// Something that passes: the server starts, or has no connection left.
    Busy,
}

/// No connection was made.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ConnectError {
    /// What kind of trouble it is.
    pub cause: Cause,
    message: String,
}

impl ConnectError {
    pub(crate) fn of(error: &sqlx::Error, options: &PgConnectOptions) -> Self {
        let place = place(options);
        let (cause, message) = match error {
            sqlx::Error::Database(_) => (refusal(error), format!("the database refused: {}", said(error))),
            // What the encryption can't make sense of, or does not trust, is an error of input.
            sqlx::Error::Io(cause) if cause.kind() == io::ErrorKind::InvalidData => {
                (Cause::Tls, unencrypted(&place, cause))
            }
            sqlx::Error::Tls(cause) => (Cause::Tls, unencrypted(&place, cause)),
            sqlx::Error::Io(cause) => (
                Cause::Unreachable,
                format!("the database at {place} can't be reached: {cause}"),
            ),
            other => (
                Cause::Unreachable,
                format!("the database at {place} can't be reached: {other}"),
            ),
        };
        Self { cause, message }
    }

    pub(super) fn silent(options: &PgConnectOptions, patience: Duration) -> Self {
        let (place, seconds) = (place(options), patience.as_secs());
        Self {
            cause: Cause::Unreachable,
            message: format!("the database at {place} did not answer within {seconds} s"),
        }
    }

    /// Returns the error when a user who was let in may not look at the tables.
    pub fn of_rights(error: &sqlx::Error) -> Option<Self> {
        (code(error)? == "42501").then(|| Self {
            cause: Cause::Rights,
            message: format!("the database refused: {}", said(error)),
        })
    }
}

fn unencrypted(place: &str, cause: &dyn fmt::Display) -> String {
    format!("no encrypted connection to the database at {place}: {cause}")
}

/// Returns where a server is expected, for people.
fn place(options: &PgConnectOptions) -> String {
    let (host, port) = (options.get_host(), options.get_port());
    let folder = options.get_socket().map(PathBuf::as_path);
    match folder.or_else(|| host.starts_with('/').then(|| Path::new(host))) {
        Some(folder) => folder.join(format!(".s.PGSQL.{port}")).display().to_string(),
        None => format!("{host}:{port}"),
    }
}

fn code(error: &sqlx::Error) -> Option<&str> {
    let error = error.as_database_error()?.try_downcast_ref::<PgDatabaseError>()?;
    Some(error.code())
}

fn refusal(error: &sqlx::Error) -> Cause {
    match code(error) {
        Some("28P01") => Cause::Password,
        Some("3D000") => Cause::Database,
        Some("42501") => Cause::Rights,
        Some("53300" | "57P03") => Cause::Busy,
        _ => Cause::Entry,
    }
}
