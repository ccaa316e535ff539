//! A database: how it is connected to, and what helps when it does not let the program in.

use migration::connect::{Cause, ConnectError, ConnectOptions, PasswordSource, way};

use crate::{
    failure::{Hinted, UsageError},
    settings::{Secret, Settings, StoreUrl},
};

/// How a database is connected to.
pub(crate) struct Database {
    pub(crate) options: ConnectOptions,
    /// Where its password comes from, for people.
    password: String,
}

impl Database {
    /// Finds out how to connect to the database that a URL names.
    ///
    /// # Errors
    /// [`UsageError`] when the URL names no database.
    pub(crate) fn of(url: &StoreUrl, settings: &Settings) -> Result<Self, UsageError> {
        let StoreUrl::Postgres(text) = url else {
            return Err(UsageError(format!(
                "{url} is no database; write postgres://user@host:5432/name"
            )));
        };
        let apart = settings.postgres.password.as_ref().map(Secret::expose);
        let way = way(text.expose(), apart).map_err(|error| UsageError(format!("{url}: {error}")))?;
        Ok(Self {
            options: way.options,
            password: told(way.password, &settings.postgres.password_origin, apart.is_some()),
        })
    }

    /// Adds to an error about a connection what helps. Other errors say it themselves.
    pub(crate) fn advised(&self, error: impl std::error::Error + Send + Sync + 'static) -> anyhow::Error {
        let error = anyhow::Error::from(error);
        let cause = error
            .chain()
            .find_map(|cause| cause.downcast_ref::<ConnectError>())
            .map(|error| error.cause);
        let hint = cause.map(|cause| self.hint(cause));
        Hinted { error, hint }.into()
    }

    fn hint(&self, cause: Cause) -> String {
        match cause {
            Cause::Password => self.password.clone(),
            Cause::Unreachable => {
                "is the server running, and are host and port right? `chandlery config` tells which store is used, \
                 and why"
            }
            .to_owned(),
            Cause::Tls => "off this machine sslmode is verify-full; sslrootcert=FILE names the authority that signed \
                           the server's certificate"
                .to_owned(),
            Cause::Database => "`createdb` makes a database, `chandlery migrate up` its tables".to_owned(),
            Cause::Rights => "the store is for chandlery_app; chandlery_reader reads the schema reporting, with SQL"
                .to_owned(),
            Cause::Busy => "try again in a moment".to_owned(),
            _ => "the server's roles, and its pg_hba.conf, say who may sign in from where; `chandlery migrate up` \
                  makes the roles of the product"
                .to_owned(),
        }
    }
}

/// Says where a password came from, and what that means.
fn told(source: PasswordSource, origin: &str, is_set: bool) -> String {
    let variable = origin.strip_prefix("environment ");
    match source {
        PasswordSource::Url => "the password is the one in the URL".to_owned(),
        PasswordSource::File => {
            "the password came from ~/.pgpass, or the file that PGPASSFILE names".to_owned()
        }
        PasswordSource::Apart => format!(
            "the password came from {}, and is for every user whose URL has none and who has no line in ~/.pgpass",
            variable.unwrap_or(origin)
        ),
        PasswordSource::Environment => "the password came from PGPASSWORD".to_owned(),
        PasswordSource::Nowhere => match variable {
            Some(variable) if !is_set => {
                format!("no password was given: the one of {variable} is empty")
            }
            _ => "no password was given; set CHANDLERY_STORE__PASSWORD_FILE, or add a line to ~/.pgpass"
                .to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(
        PasswordSource::Apart,
        "environment CHANDLERY_STORE__PASSWORD_FILE",
        true,
        "came from CHANDLERY_STORE__PASSWORD_FILE"
    )]
    #[case(PasswordSource::Apart, "prices.toml", true, "came from prices.toml")]
    #[case(
        PasswordSource::Nowhere,
        "environment CHANDLERY_STORE__PASSWORD_FILE",
        false,
        "CHANDLERY_STORE__PASSWORD_FILE is empty"
    )]
    #[case(PasswordSource::Nowhere, "built in", false, "no password was given; set")]
    #[case(PasswordSource::File, "built in", false, "~/.pgpass")]
    #[case(PasswordSource::Environment, "built in", false, "PGPASSWORD")]
    #[case(PasswordSource::Url, "built in", false, "in the URL")]
    fn it_is_told_where_a_password_came_from(
        #[case] source: PasswordSource,
        #[case] origin: &str,
        #[case] is_set: bool,
        #[case] part: &str,
    ) {
        let told = told(source, origin, is_set);
        assert!(told.contains(part), "{told}");
    }
}
