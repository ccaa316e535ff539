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
                a == b || database(a.expose()).is_some_and(|name| Some(name) == database(b.expose()))
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
            Self::Postgres(url) => database(url.expose()).unwrap_or_else(|| self.to_string()),
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

/// Returns what tells a database from others, whether URL or environment say where it is.
fn database(url: &str) -> Option<String> {
    let options = migration::connect::options(url, None).ok()?;
    let (host, port) = (options.get_host(), options.get_port());
    let name = options.get_database()?;
    let folder = options.get_socket().map(PathBuf::as_path);
    Some(
        match folder.or_else(|| host.starts_with('/').then(|| Path::new(host))) {
            Some(folder) => format!("postgres:///{name}?host={}&port={port}", folder.display()),
            None => format!("postgres://{host}:{port}/{name}"),
        },
    )
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

/// The parameters of a URL that tell which database it is.
const TELLING: [&str; 4] = ["host", "port", "user", "dbname"];

/// Returns a database's URL without its password; `None` when it can't be told for sure where that stands.
fn without_password(url: &str) -> Option<String> {
    let url = migration::connect::with_host(url);
    let url = url::Url::parse(&url).ok()?;
    let query = url.query().unwrap_or_default();
    if [url.path(), query, url.fragment().unwrap_or_default()]
        .iter()
        .any(|part| part.contains('@'))
    {
        // A password with a `/`, `?` or `#` that should have been written `%2F`, `%3F` or `%23`.
        return None;
    }
    let password = url.password().map_or("", |_| ":[redacted]");
    let who = match url.username() {
        "" if password.is_empty() => String::new(),
        user => format!("{user}{password}@"),
    };
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    let telling: Vec<&str> = query
        .split('&')
        .filter(|pair| TELLING.iter().any(|name| pair.split('=').next() == Some(name)))
        .collect();
    let mark = if telling.is_empty() { "" } else { "?" };
    let (name, telling) = (url.path(), telling.join("&"));
    Some(format!("postgres://{who}{host}{port}{name}{mark}{telling}"))
}

/// Prints the URL without password and without options that don't tell which database it is.
impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Postgres(url) => match without_password(url.expose()) {
                Some(url) => f.write_str(&url),
                None => f.write_str("postgres://[redacted]"),
            },
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
        // Two servers that are reached by sockets are two, and a server stays one however its socket is named.
        let (one, other) = (
            identity("postgres://ada@/prices?host=/tmp/one&port=5433"),
            identity("postgres:///prices?host=/tmp/other&port=5433&user=ada"),
        );
        assert_eq!(one, "postgres:///prices?host=/tmp/one&port=5433");
        assert_ne!(one, other);
        assert_eq!(one, identity("postgres://bob@%2Ftmp%2Fone:5433/prices"));
        assert!(identity("file:./data").starts_with("file:/"));
    }

    #[rstest::rstest]
    #[case(
        "postgres://ada:canary@db.example/prices?password=canary",
        "postgres://ada:[redacted]@db.example/prices"
    )]
    #[case("postgres://ada:p@canary@db/prices", "postgres://ada:[redacted]@db/prices")]
    #[case("postgres://ada@db/prices", "postgres://ada@db/prices")]
    #[case("postgres://ada:12/canary@db/prices", "postgres://[redacted]")]
    #[case("postgres://ada:12?canary@db/prices", "postgres://[redacted]")]
    #[case("postgres://db/prices?password=x@canary", "postgres://[redacted]")]
    #[case("postgres://ada:canary@db:nonsense/prices", "postgres://[redacted]")]
    #[case(
        "postgres://ada:canary@/prices?host=/tmp/pg&sslmode=disable",
        "postgres:///prices?host=/tmp/pg&user=ada"
    )]
    #[case("postgres://db/prices", "postgres://db/prices")]
    fn a_password_is_never_shown(#[case] url: &str, #[case] shown: &str) {
        let url: StoreUrl = url.parse().unwrap();
        assert_eq!(url.to_string(), shown);
        assert!(!format!("{url:?}").contains("canary"));
    }
}
