//! Settings: what is in effect, put together from layers.

mod keys;
mod layers;
mod secret;
mod store_url;

use std::{io, net::SocketAddr, path::PathBuf, time::Duration};

use api::context::Limits;
use app::fraction::{Fraction, FractionError};
use config::ConfigError;
use serde::Deserialize;
use url::Url;

pub(crate) use self::{
    layers::Places,
    secret::Secret,
    store_url::{StoreUrl, StoreUrlError},
};

/// Settings can't be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// There is no such setting.
    #[error("unknown setting `{name}` in {place}; did you mean `{nearest}`?")]
    Unknown {
        name: String,
        place: String,
        nearest: String,
    },
    /// A file can't be read or parsed.
    #[error(
        "the settings in {file} can't be read: {}; text stands in quotes, as in url = \"file:./data\"",
        plain(cause)
    )]
    File { file: String, cause: ConfigError },
    /// The name of the environment is no plain word.
    #[error("CHANDLERY_ENV is `{0}`; use letters, digits, `_` and `-`, such as production")]
    EnvironmentName(String),
    /// The environment has no file.
    #[error("CHANDLERY_ENV is {name}, but there is no {}", file.display())]
    EnvironmentFile { name: String, file: PathBuf },
    /// A value is given in two ways.
    #[error("{plain} and {file} are both set; keep one of them")]
    Twice { plain: String, file: String },
    /// The file of a secret can't be read.
    #[error("the file that {variable} names can't be read: {cause}")]
    SecretFile { variable: String, cause: io::Error },
    /// A value is not what the setting takes.
    #[error("the setting {name} (from {origin}): {message}")]
    Value {
        name: &'static str,
        origin: String,
        message: String,
    },
    /// A value is of the wrong type.
    #[error("{0}")]
    Config(String),
}

impl From<ConfigError> for SettingsError {
    fn from(error: ConfigError) -> Self {
        Self::Config(plain(&error))
    }
}

/// Returns what can't be read, without the place that is told besides and in words that are not those of a compiler.
fn plain(error: &ConfigError) -> String {
    let text = match error {
        ConfigError::FileParse { cause, .. } => cause.to_string(),
        other => other.to_string(),
    };
    text.trim()
        .replace("expected a floating point", "expected a number")
        .replace("expected an integer", "expected a whole number")
        .replace("expected a boolean", "expected true or false")
}

impl SettingsError {
    fn unknown(name: &str, place: &str, nearest: &str) -> Self {
        Self::Unknown {
            name: name.to_owned(),
            place: place.to_owned(),
            nearest: nearest.to_owned(),
        }
    }
}

/// What is in effect.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Which store.
    pub(crate) store: StoreUrl,
    /// How long a writer waits for another one.
    pub(crate) lock_wait: Duration,
    /// How a server of databases is used.
    pub(crate) postgres: PostgresSettings,
    /// What is logged.
    pub(crate) log_filter: String,
    /// Whether the log is JSON.
    pub(crate) log_json: bool,
    /// How much of a file may be turned away, as a fraction.
    pub(crate) max_rejected: Fraction,
    /// How many rows of an import are kept in memory.
    pub(crate) memory_rows: usize,
    /// How many backtests the server runs at once.
    pub(crate) workers: usize,
    /// How the server listens.
    pub(crate) http: HttpSettings,
    /// Each setting as it is shown: name, value, origin.
    pub(crate) shown: Vec<ShownSetting>,
}

/// A setting as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct ShownSetting {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) origin: String,
}

#[derive(Deserialize)]
struct RawSettings {
    store: RawStore,
    log: RawLog,
    import: RawImport,
    backtest: RawBacktest,
    http: RawHttp,
}

#[derive(Deserialize)]
struct RawStore {
    url: String,
    lock_wait: f64,
    password: String,
    migrate_url: String,
    connections: u32,
    bulk_connections: u32,
    retention_days: u64,
}

#[derive(Deserialize)]
struct RawLog {
    filter: String,
    format: String,
}

#[derive(Deserialize)]
struct RawImport {
    max_rejected: String,
    memory_rows: usize,
}

#[derive(Deserialize)]
struct RawBacktest {
    workers: usize,
}

#[derive(Deserialize)]
struct RawHttp {
    listen: String,
    public_url: String,
    insecure: bool,
    max_bars_mib: u64,
    max_upload_mib: u64,
    shutdown: u64,
}

/// How long a command waits for a connection; a server waits for less, as it answers requests.
const CONNECTION_WAIT: Duration = Duration::from_secs(10);

/// How a server of databases is used.
#[derive(Debug)]
pub(crate) struct PostgresSettings {
    /// The password for URLs that have none.
    pub(crate) password: Option<Secret>,
    /// Where that comes from.
    pub(crate) password_origin: String,
    /// The URL of a user who may migrate; that of the store when not given.
    pub(crate) migrate: Option<StoreUrl>,
    /// How long a caller waits for a connection.
    pub(crate) connection_wait: Duration,
    /// How many connections requests share.
    pub(crate) connections: u32,
    /// How many connections long work shares besides.
    pub(crate) bulk_connections: u32,
    /// How long superseded versions are kept; for ever when not given.
    pub(crate) retention: Option<Duration>,
}

/// How the server listens, and how much it takes.
#[derive(Debug)]
pub(crate) struct HttpSettings {
    /// Where it listens.
    pub(crate) listen: SocketAddr,
    /// The address that it is known by elsewhere.
    pub(crate) public_url: Option<Url>,
    /// Whether it may listen where others can reach it, though nobody signs in.
    pub(crate) insecure: bool,
    /// How much a request may bring.
    pub(crate) limits: Limits,
    /// How long requests may take to end once it shuts down.
    pub(crate) shutdown: Duration,
}

impl Settings {
    /// Reads the settings of all layers.
    pub(crate) fn load(places: &Places) -> Result<Self, SettingsError> {
        let config = layers::layered(places)?;
        let found = layers::in_effect(&config)?;
        let raw: RawSettings = config.try_deserialize()?;
        let origin = |name: &str| {
            let value = found
                .iter()
                .find(|(found, _)| found == name)
                .map(|(_, value)| value);
            value
                .and_then(|value| value.origin())
                .unwrap_or("built in")
                .to_owned()
        };
        let wrong = |name: &'static str, message: String| SettingsError::Value {
            name,
            origin: origin(name),
            message,
        };
        let store: StoreUrl = raw
            .store
            .url
            .parse()
            .map_err(|cause: StoreUrlError| wrong("store.url", cause.to_string()))?;
        let lock_wait = Duration::try_from_secs_f64(raw.store.lock_wait)
            .map_err(|_| wrong("store.lock_wait", "give a number of seconds".to_owned()))?;
        let log_json = match raw.log.format.as_str() {
            "text" => false,
            "json" => true,
            other => return Err(wrong("log.format", format!("`{other}` is neither text nor json"))),
        };
        let max_rejected = raw
            .import
            .max_rejected
            .parse()
            .map_err(|cause: FractionError| wrong("import.max_rejected", cause.to_string()))?;
        let http = http(&raw.http, wrong)?;
        let postgres = postgres(raw.store, origin("store.password"), wrong)?;
        let shown = found.iter().map(|(name, value)| ShownSetting {
            name: name.clone(),
            value: shown_value(name, &value.to_string()),
            origin: origin(name),
        });
        Ok(Self {
            shown: shown.collect(),
            store,
            lock_wait,
            postgres,
            log_filter: raw.log.filter,
            log_json,
            max_rejected,
            memory_rows: raw.import.memory_rows,
            workers: raw.backtest.workers,
            http,
        })
    }
}

/// Returns a value as it may be shown.
fn shown_value(name: &str, value: &str) -> String {
    if value.is_empty() {
        String::new()
    } else if keys::SECRETS.contains(&name) {
        "[redacted]".to_owned()
    } else if keys::URLS.contains(&name) {
        // It was parsed before: what can't be is not shown at all.
        value
            .parse()
            .map_or_else(|_| "[redacted]".to_owned(), |url: StoreUrl| url.to_string())
    } else {
        value.to_owned()
    }
}

fn postgres(
    raw: RawStore,
    password_origin: String,
    wrong: impl Fn(&'static str, String) -> SettingsError,
) -> Result<PostgresSettings, SettingsError> {
    let migrate = match raw.migrate_url.as_str() {
        "" => None,
        text => Some(
            text.parse()
                .map_err(|cause: StoreUrlError| wrong("store.migrate_url", cause.to_string()))?,
        ),
    };
    if raw.connections == 0 {
        return Err(wrong("store.connections", "give at least one".to_owned()));
    }
    if raw.bulk_connections < 2 {
        return Err(wrong("store.bulk_connections", "give at least two".to_owned()));
    }
    // A day has 86,400 seconds; more of them than can be counted is for ever in any sense.
    let retention = Duration::from_secs(
        raw.retention_days
            .checked_mul(86_400)
            .ok_or_else(|| wrong("store.retention_days", "give fewer days; 0 keeps all".to_owned()))?,
    );
    Ok(PostgresSettings {
        password: Some(raw.password)
            .filter(|password| !password.is_empty())
            .map(Secret::new),
        password_origin,
        migrate,
        connection_wait: CONNECTION_WAIT,
        connections: raw.connections,
        bulk_connections: raw.bulk_connections,
        retention: Some(retention).filter(|retention| !retention.is_zero()),
    })
}

fn http(
    raw: &RawHttp,
    wrong: impl Fn(&'static str, String) -> SettingsError,
) -> Result<HttpSettings, SettingsError> {
    let listen = raw.listen.parse().map_err(|_| {
        let message = format!(
            "`{}` is no address with a port, such as 127.0.0.1:8080",
            raw.listen
        );
        wrong("http.listen", message)
    })?;
    let public_url = match raw.public_url.as_str() {
        "" => None,
        text => match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Some(url),
            _ => {
                let message = format!("`{text}` is no address such as https://candles.example.org");
                return Err(wrong("http.public_url", message));
            }
        },
    };
    Ok(HttpSettings {
        listen,
        public_url,
        insecure: raw.insecure,
        limits: Limits {
            bars_bytes: raw.max_bars_mib.saturating_mul(1 << 20),
            upload_bytes: raw.max_upload_mib.saturating_mul(1 << 20),
        },
        shutdown: Duration::from_secs(raw.shutdown),
    })
}

#[cfg(test)]
mod tests;
