//! The URL of a database: what may stand in it, and the forms that the driver does not read by itself.

use std::borrow::Cow;

use url::{Url, form_urlencoded};

use crate::MigrationError;

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

/// Puts what stands before an empty host behind the `?`: `postgres://user@/name?host=/folder`, as PostgreSQL's own
/// programs take it, is no URL by the standard that the driver holds to.
pub fn with_host(url: &str) -> Cow<'_, str> {
    moved(url).map_or(Cow::Borrowed(url), Cow::Owned)
}

fn moved(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (who, port) = authority.rsplit_once('@').unwrap_or(("", authority));
    let port = if port.is_empty() {
        ""
    } else {
        port.strip_prefix(':')?
    };
    if who.is_empty() && port.is_empty() {
        return None;
    }
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    let (user, password) = who.split_once(':').unwrap_or((who, ""));
    let mut parameters = query.to_owned();
    for (name, value) in [("user", user), ("password", password), ("port", port)] {
        if !value.is_empty() {
            if !parameters.is_empty() {
                parameters.push('&');
            }
            parameters.push_str(name);
            parameters.push('=');
            // Behind the `?`, a plus would be a blank.
            parameters.push_str(&value.replace('+', "%2B").replace('&', "%26"));
        }
    }
    Some(format!("{scheme}://{path}?{parameters}"))
}

/// Tells whether a URL says who signs in, and whether it says with which password.
pub(super) fn credentials(url: &Url) -> (bool, bool) {
    let given = |name: &str| {
        url.query_pairs()
            .any(|(found, value)| found == name && !value.is_empty())
    };
    (
        !url.username().is_empty() || given("user"),
        url.password().is_some() || given("password"),
    )
}

/// Refuses parameters that the driver does not know: it would pass over them, and log what they say.
pub(super) fn check_parameters(pairs: form_urlencoded::Parse<'_>) -> Result<(), MigrationError> {
    for (name, value) in pairs {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_an_empty_host_is_put_behind_the_question_mark() {
        for (given, read) in [
            (
                "postgres://ada@/prices?host=/tmp/pg",
                "postgres:///prices?host=/tmp/pg&user=ada",
            ),
            (
                "postgres://ada:p+w%40@:5433/prices",
                "postgres:///prices?user=ada&password=p%2Bw%40&port=5433",
            ),
            (
                "postgres:///prices?host=/tmp/pg",
                "postgres:///prices?host=/tmp/pg",
            ),
            ("postgres://ada@db:5433/prices", "postgres://ada@db:5433/prices"),
            ("canary", "canary"),
        ] {
            assert_eq!(with_host(given), read);
        }
    }
}
