//! From a URL to a connection that is safe by default.

mod error;
mod url;

use std::{str::FromStr, time::Duration};

use ::url::Url;
use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};
use tokio::time::timeout;

pub use self::error::{Cause, ConnectError};
pub use self::url::with_host;
use crate::MigrationError;

/// How to connect to a database.
pub type ConnectOptions = PgConnectOptions;

/// How long a server may take to let somebody in.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where a password comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordSource {
    /// The URL.
    Url,
    /// A line for this server, database and user in `~/.pgpass`, or in the file that `PGPASSFILE` names.
    File,
    /// It was given apart from the URL.
    Apart,
    /// `PGPASSWORD`.
    Environment,
    /// There is none.
    Nowhere,
}

/// How to connect to a database, and where the password for it comes from.
#[derive(Debug, Clone)]
pub struct Way {
    /// How to connect.
    pub options: PgConnectOptions,
    /// Where the password comes from.
    pub password: PasswordSource,
}

/// Reads a URL such as `postgres://user@host:5432/name`. A password given apart is for a user of whom neither the URL
/// nor `.pgpass` knows one.
///
/// Off this machine the server must prove who it is (`sslmode=verify-full`) unless the URL says otherwise; on it,
/// TLS is used when the server offers it. Who is not named is the one that `PGUSER` names, or the account's user.
///
/// # Errors
/// [`MigrationError::Url`], which never shows the password.
pub fn way(url: &str, apart: Option<&str>) -> Result<Way, MigrationError> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let account = || variable("USER").or_else(|| variable("LOGNAME"));
    let unreadable = || MigrationError::Url("it has the form postgres://user@host:5432/name".to_owned());
    let url = url::with_host(url);
    // The errors of both parsers may quote the URL, and with it a password.
    let mut parsed = Url::parse(&url).map_err(|_| unreadable())?;
    url::check_parameters(parsed.query_pairs())?;
    let (names_user, has_password) = url::credentials(&parsed);
    if !names_user && variable("PGUSER").is_none() {
        let user = account().ok_or_else(|| {
            MigrationError::Url("it names no user; write postgres://user@host:5432/name".to_owned())
        })?;
        parsed.query_pairs_mut().append_pair("user", &user);
    }
    let mut options = PgConnectOptions::from_str(parsed.as_str()).map_err(|_| unreadable())?;
    let password = match (has_password, std::env::var_os("PGPASSWORD").is_some(), apart) {
        (true, ..) => PasswordSource::Url,
        (_, false, _) if has_password_of_file(&options) => PasswordSource::File,
        (_, _, Some(password)) => {
            options = options.password(password);
            PasswordSource::Apart
        }
        (_, true, None) => PasswordSource::Environment,
        (_, false, None) => PasswordSource::Nowhere,
    };
    if options.get_database().is_none_or(str::is_empty) {
        return Err(MigrationError::Url("it names no database".to_owned()));
    }
    if !says_ssl_mode(&url) && !is_local(&options) {
        options = options.ssl_mode(PgSslMode::VerifyFull);
    }
    Ok(Way {
        options: options.application_name("chandlery"),
        password,
    })
}

/// Returns how to connect alone.
///
/// # Errors
/// Those of [`way`].
pub fn options(url: &str, apart: Option<&str>) -> Result<PgConnectOptions, MigrationError> {
    Ok(way(url, apart)?.options)
}

/// Connects.
///
/// # Errors
/// [`ConnectError`], after five seconds at the latest.
pub async fn reach(options: &PgConnectOptions) -> Result<PgConnection, ConnectError> {
    match timeout(PATIENCE, PgConnection::connect_with(options)).await {
        Ok(connected) => connected.map_err(|error| ConnectError::of(&error, options)),
        Err(_) => Err(ConnectError::silent(options, PATIENCE)),
    }
}

/// Tells whether the driver found a password; where neither URL nor environment has one, it is that of a file.
fn has_password_of_file(options: &PgConnectOptions) -> bool {
    // The driver can't write down every user and every folder of a socket.
    let plain = options.clone().username("user").host("localhost");
    plain.to_url_lossy().password().is_some()
}

fn says_ssl_mode(url: &str) -> bool {
    url.split_once('?')
        .is_some_and(|(_, query)| query.split('&').any(|pair| pair.starts_with("sslmode=")))
}

/// Tells whether the server is on this machine.
fn is_local(options: &PgConnectOptions) -> bool {
    let host = options.get_host().trim_matches(['[', ']']);
    options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> PgSslMode {
        options(url, None).unwrap().get_ssl_mode()
    }

    #[test]
    fn a_server_elsewhere_must_prove_who_it_is() {
        for url in ["postgres://u@db.example.org/x", "postgres://u@10.0.0.5:5432/x"] {
            assert!(matches!(mode(url), PgSslMode::VerifyFull), "{url}");
        }
        for url in [
            "postgres://u@localhost/x",
            "postgres://u@127.0.0.1:5432/x",
            "postgres://u@[::1]/x",
            "postgres://u@%2Fvar%2Frun%2Fpostgresql/x",
        ] {
            assert!(matches!(mode(url), PgSslMode::Prefer), "{url}");
        }
        let said = "postgres://u@db.example.org/x?sslmode=require";
        assert!(matches!(mode(said), PgSslMode::Require));
    }

    #[test]
    fn what_the_driver_would_pass_over_or_fail_at_late_is_refused() {
        for (url, named) in [
            ("postgres://u@localhost/x?sslpasword=canary", "sslpasword"),
            ("postgres://u@localhost/x?sslmode=strict", "verify-full"),
            (
                "postgres://u@localhost/x?sslrootcert=%2Fno%2Fsuch.crt",
                "/no/such.crt",
            ),
        ] {
            let error = options(url, None).unwrap_err().to_string();
            assert!(error.contains(named) && !error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn the_forms_of_other_programs_are_read() {
        let socket = way("postgres://ada@/prices?host=/tmp/pg&port=5433", None).unwrap();
        assert_eq!(socket.options.get_username(), "ada");
        assert_eq!(socket.options.get_port(), 5433);
        assert_eq!(
            socket.options.get_socket().map(std::path::PathBuf::as_path),
            Some("/tmp/pg".as_ref())
        );
        let told = way("postgres://ada:secret@/prices?host=/tmp/pg", Some("apart")).unwrap();
        assert_eq!(told.password, PasswordSource::Url);
    }

    #[test]
    fn errors_never_show_the_password() {
        for url in [
            "postgres://u:canary@host:nonsense/x",
            "canary",
            "postgres://u:canary@host",
        ] {
            let error = options(url, Some("canary")).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
    }
}
