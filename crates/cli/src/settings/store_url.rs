//! The URL that names a store.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use super::secret::Secret;

/// Which store, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StoreUrl {
    /// A folder of files: `file:./data`, `file:/var/lib/chandlery`.
    File(PathBuf),
    /// A database server: `postgres://user@host:5432/name`.
    Postgres(Secret),
}

/// A text names no store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}; write file:PATH, such as file:./data, or postgres://user@host:5432/name")]
pub(crate) struct StoreUrlError(String);

impl FromStr for StoreUrl {
    type Err = StoreUrlError;

    fn from_str(text: &str) -> Result<Self, StoreUrlError> {
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(StoreUrlError(
                "the store's URL has no `:` behind its kind".to_owned(),
            ));
        };
        match scheme.to_ascii_lowercase().as_str() {
            "file" => file_path(rest).map(Self::File),
            "postgres" | "postgresql" => Ok(Self::Postgres(Secret::new(text.to_owned()))),
            other => Err(StoreUrlError(format!("`{other}` is no kind of store"))),
        }
    }
}

impl StoreUrl {
    /// Tells whether two URLs name the same store, whatever way they are written in.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(a), Self::File(b)) => canonical(a) == canonical(b),
            (Self::Postgres(a), Self::Postgres(b)) => {
                a == b || database(a.expose()).is_some_and(|place| Some(place) == database(b.expose()))
            }
            _ => false,
        }
    }

    /// Tells whether there may be a store; `false` when there certainly is none.
    pub(crate) fn may_exist(&self) -> bool {
        match self {
            Self::File(path) => path.is_dir(),
            Self::Postgres(_) => true,
        }
    }

    /// Returns what tells the store from others in every working directory, without credentials.
    pub(crate) fn identity(&self) -> String {
        match self {
            Self::File(path) => format!("file:{}", canonical(path).display()),
            Self::Postgres(url) => match database(url.expose()) {
                Some((host, port, path, _)) => format!("postgres://{host}:{port}{path}"),
                None => self.to_string(),
            },
        }
    }
}

/// Follows links and dots as far as the path exists.
fn canonical(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    absolute
        .ancestors()
        .find_map(|existing| {
            let rest = absolute.strip_prefix(existing).ok()?;
            let existing = existing.canonicalize().ok()?;
            Some(if rest.as_os_str().is_empty() {
                existing
            } else {
                existing.join(rest)
            })
        })
        .unwrap_or(absolute)
}

/// Returns host, port, database and options of a PostgreSQL URL: what tells two stores apart.
fn database(url: &str) -> Option<(String, u16, String, String)> {
    let url = url::Url::parse(url).ok()?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let options = url.query().unwrap_or_default().to_owned();
    Some((host, url.port().unwrap_or(5432), url.path().to_owned(), options))
}

fn file_path(rest: &str) -> Result<PathBuf, StoreUrlError> {
    let path = match rest.strip_prefix("//") {
        Some(path) if path.starts_with('/') => path,
        Some(host) => return Err(StoreUrlError(format!("`{host}` stands where file:// has a host"))),
        None => rest,
    };
    if path.is_empty() {
        Err(StoreUrlError("file: has no path".to_owned()))
    } else {
        Ok(PathBuf::from(path))
    }
}

/// Prints the URL without user, password and options.
impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Postgres(url) => {
                let rest = url.expose().split_once("://").map_or("", |(_, rest)| rest);
                let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
                let place = place.split(['?', '#']).next().unwrap_or_default();
                let credentials = if rest.contains('@') { "[redacted]@" } else { "" };
                write!(f, "postgres://{credentials}{place}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("file:./data", "./data")]
    #[case("file:/srv/x", "/srv/x")]
    #[case("file:///srv/x", "/srv/x")]
    #[case("FILE:data", "data")]
    fn a_file_url_is_a_path(#[case] url: &str, #[case] path: &str) {
        assert_eq!(url.parse(), Ok(StoreUrl::File(PathBuf::from(path))));
    }

    #[rstest::rstest]
    #[case("file:./data", "file:data", true)]
    #[case("file:./data", "file:./src/../data", true)]
    #[case("file:./data", "file:./other", false)]
    #[case("postgres://ada:x@db/prices", "postgresql://bob@db:5432/prices", true)]
    #[case("postgres://db/prices", "postgres://db/others", false)]
    #[case("file:./data", "postgres://db/data", false)]
    fn the_same_store_is_recognised(#[case] one: &str, #[case] other: &str, #[case] same: bool) {
        let (one, other): (StoreUrl, StoreUrl) = (one.parse().unwrap(), other.parse().unwrap());
        assert_eq!(one.is_same_as(&other), same);
    }

    #[rstest::rstest]
    #[case("./data")]
    #[case("file:")]
    #[case("file://host/x")]
    #[case("sqlite:x")]
    fn refuses_what_names_no_store(#[case] url: &str) {
        assert!(url.parse::<StoreUrl>().is_err(), "{url}");
    }

    #[test]
    fn an_identity_is_free_of_credentials_and_working_directories() {
        let identity = |url: &str| url.parse::<StoreUrl>().unwrap().identity();
        assert_eq!(
            identity("postgres://ada:canary@db/prices?password=canary"),
            "postgres://db:5432/prices"
        );
        assert!(identity("file:./data").starts_with("file:/"));
    }

    #[rstest::rstest]
    #[case(
        "postgres://ada:canary@db.example/prices?password=canary",
        "postgres://[redacted]@db.example/prices"
    )]
    #[case("postgres://ada:p@canary@db/prices", "postgres://[redacted]@db/prices")]
    #[case("postgres://db/prices", "postgres://db/prices")]
    fn a_password_is_never_shown(#[case] url: &str, #[case] shown: &str) {
        let url: StoreUrl = url.parse().unwrap();
        assert_eq!(url.to_string(), shown);
        assert!(!format!("{url:?}").contains("canary"));
    }
}
