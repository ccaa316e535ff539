//! From a URL to a connection that is safe by default.

use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

use crate::MigrationError;

/// How to connect to a database.
pub type ConnectOptions = PgConnectOptions;

/// Reads a URL such as `postgres://user@host:5432/name`. A password given apart takes the place of the URL's.
///
/// Off this machine the server must prove who it is (`sslmode=verify-full`) unless the URL says otherwise; on it,
/// TLS is used when the server offers it.
///
/// # Errors
/// [`MigrationError::Url`], which never shows the password.
pub fn options(url: &str, password: Option<&str>) -> Result<PgConnectOptions, MigrationError> {
    // The error of the parser may quote the URL, and with it a password.
    let unreadable = |_| MigrationError::Url("it has the form postgres://user@host:5432/name".to_owned());
    check_parameters(url)?;
    let mut options = PgConnectOptions::from_str(url).map_err(unreadable)?;
    if let Some(password) = password {
        options = options.password(password);
    }
    if options.get_database().is_none_or(str::is_empty) {
        return Err(MigrationError::Url("it names no database".to_owned()));
    }
    if !says_ssl_mode(url) && !is_local(&options) {
        options = options.ssl_mode(PgSslMode::VerifyFull);
    }
    Ok(options.application_name("chandlery"))
}

/// What may stand behind the `?` of a URL.
const PARAMETERS: [&str; 10] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
];

/// The values of `sslmode`.
const MODES: [&str; 6] = [
    "disable",
    "allow",
    "prefer",
    "require",
    "verify-ca",
    "verify-full",
];

/// Refuses parameters that the driver does not know: it would pass over them, and log what they say.
fn check_parameters(url: &str) -> Result<(), MigrationError> {
    // A URL that can't be read is refused by the driver, in the same words for all.
    let Ok(url) = Url::parse(url) else { return Ok(()) };
    for (name, value) in url.query_pairs() {
        if !PARAMETERS.contains(&&*name) {
            let known = PARAMETERS.join(", ");
            return Err(MigrationError::Url(format!(
                "`{name}` is none of the parameters that it takes: {known}"
            )));
        }
        check_value(&name, &value)?;
    }
    Ok(())
}

fn check_value(name: &str, value: &str) -> Result<(), MigrationError> {
    match name {
        "sslmode" if !MODES.contains(&value) => {
            let known = MODES.join(", ");
            Err(MigrationError::Url(format!(
                "`{value}` is none of the values of sslmode: {known}"
            )))
        }
        "sslrootcert" | "sslcert" | "sslkey" => match std::fs::File::open(value) {
            Ok(_) => Ok(()),
            Err(error) => Err(MigrationError::Url(format!(
                "{name} names {value}, which can't be read: {error}"
            ))),
        },
        _ => Ok(()),
    }
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
