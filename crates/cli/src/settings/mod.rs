//! Settings: what is in effect, put together from layers.

mod keys;
mod layers;
mod secret;
mod store_url;

use std::{fmt, io, path::PathBuf, str::FromStr, time::Duration};

use config::ConfigError;
use serde::Deserialize;

pub(crate) use self::{
    layers::Places,
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
    #[error("the settings in {file} can't be read: {cause}")]
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
    #[error(transparent)]
    Config(#[from] ConfigError),
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
    /// What is logged.
    pub(crate) log_filter: String,
    /// Whether the log is JSON.
    pub(crate) log_json: bool,
    /// How much of a file may be turned away, as a fraction.
    pub(crate) max_rejected: Fraction,
    /// How many rows of an import are kept in memory.
    pub(crate) memory_rows: usize,
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
}

#[derive(Deserialize)]
struct RawStore {
    url: String,
    lock_wait: f64,
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
        let shown = found.iter().map(|(name, value)| ShownSetting {
            name: name.clone(),
            value: if name == "store.url" {
                store.to_string()
            } else {
                value.to_string()
            },
            origin: origin(name),
        });
        Ok(Self {
            shown: shown.collect(),
            store,
            lock_wait,
            log_filter: raw.log.filter,
            log_json,
            max_rejected,
            memory_rows: raw.import.memory_rows,
        })
    }
}

/// A part of a whole: `0.1%` or `0.001`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fraction(pub(crate) f64);

/// A text is no part of a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a part of a whole; write 0.1% or 0.001")]
pub(crate) struct FractionError(String);

impl FromStr for Fraction {
    type Err = FractionError;

    fn from_str(text: &str) -> Result<Self, FractionError> {
        let (number, scale) = match text.trim().strip_suffix('%') {
            Some(percent) => (percent.trim_end(), 100.0),
            None => (text.trim(), 1.0),
        };
        let fraction = number.parse::<f64>().map(|number| number / scale).ok();
        let fraction = fraction.filter(|fraction| (0.0..=1.0).contains(fraction));
        fraction.map(Self).ok_or_else(|| FractionError(text.to_owned()))
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Ten digits hide what dividing by 100 has left behind.
        let percent = format!("{:.10}", self.0 * 100.0);
        write!(f, "{}%", percent.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests;
