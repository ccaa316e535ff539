//! The layers that settings come from, each value with its origin.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use config::{Config, ConfigError, File, FileFormat, Map, Source, Value, ValueKind};

use super::{
    SettingsError,
    keys::{FILE, KEYS, held_by_file, is_known, nearest},
};

const PREFIX: &str = "CHANDLERY_";
const ENVIRONMENT: &str = "CHANDLERY_ENV";
/// Variables of that prefix belong to the tests.
const TESTS: &str = "CHANDLERY_TEST_";
const SHORT_FOR_LOG_FILTER: &str = "CHANDLERY_LOG";

/// Where settings may come from besides the defaults.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// The folder that holds `config/`.
    pub(crate) folder: PathBuf,
    /// The file of `--config`.
    pub(crate) file: Option<PathBuf>,
    /// The environment variables.
    pub(crate) environment: BTreeMap<String, String>,
    /// Flags: the setting's name, the flag and the value.
    pub(crate) flags: Vec<(&'static str, &'static str, String)>,
}

/// Values of one layer under their dotted names.
#[derive(Debug, Clone, Default)]
struct Layer(Vec<(String, Value)>);

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.iter().cloned().collect())
    }
}

impl Layer {
    fn push(&mut self, name: impl Into<String>, origin: &str, value: impl Into<ValueKind>) {
        self.0
            .push((name.into(), Value::new(Some(&origin.to_owned()), value)));
    }
}

/// Puts the layers on top of each other.
pub(super) fn layered(places: &Places) -> Result<Config, SettingsError> {
    let mut builder = Config::builder().add_source(defaults());
    for path in files(places)? {
        builder = builder.add_source(file_layer(&path)?);
    }
    builder = builder.add_source(environment_layer(&places.environment)?);
    let mut flags = Layer::default();
    for (name, flag, value) in &places.flags {
        flags.push(*name, flag, value.as_str());
    }
    Ok(builder.add_source(flags).build()?)
}

/// Returns every setting in effect: name, value and origin.
pub(super) fn in_effect(config: &Config) -> Result<Vec<(String, Value)>, SettingsError> {
    let mut found = Vec::new();
    flatten("", config.collect()?, &mut found);
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

fn defaults() -> Layer {
    let mut layer = Layer::default();
    for key in &KEYS {
        layer.push(key.name, "built in", key.default);
    }
    layer
}

fn files(places: &Places) -> Result<Vec<PathBuf>, SettingsError> {
    let folder = places.folder.join("config");
    let mut files = Vec::new();
    let default = folder.join("default.toml");
    if default.is_file() {
        files.push(default);
    }
    if let Some(name) = places
        .environment
        .get(ENVIRONMENT)
        .filter(|name| !name.is_empty())
    {
        if !name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        {
            return Err(SettingsError::EnvironmentName(name.clone()));
        }
        let file = folder.join(format!("{name}.toml"));
        if !file.is_file() {
            return Err(SettingsError::EnvironmentFile {
                name: name.clone(),
                file,
            });
        }
        files.push(file);
    }
    files.extend(places.file.clone());
    Ok(files)
}

fn file_layer(path: &Path) -> Result<Layer, SettingsError> {
    let shown = path.strip_prefix("./").unwrap_or(path).display().to_string();
    let file = File::from(path).format(FileFormat::Toml).required(true);
    let values = file.collect().map_err(|cause| SettingsError::File {
        file: shown.clone(),
        cause,
    })?;
    let mut found = Vec::new();
    flatten("", values, &mut found);
    let mut layer = Layer::default();
    let names: Vec<String> = found.iter().map(|(name, _)| name.clone()).collect();
    for (name, value) in found {
        if is_known(&name) {
            layer.push(name, &shown, value.kind);
            continue;
        }
        let Some(plain) = held_by_file(&name) else {
            return Err(SettingsError::unknown(&name, &shown, &nearest(&name)));
        };
        if names.iter().any(|other| other == plain) {
            return Err(SettingsError::Twice {
                plain: plain.to_owned(),
                file: name.clone(),
            });
        }
        let contents = contents(&name, &value.to_string())?;
        layer.push(plain, &format!("{name} in {shown}"), contents);
    }
    Ok(layer)
}

/// Reads the value of a setting from the file that `named` names.
fn contents(named: &str, path: &str) -> Result<String, SettingsError> {
    let unread = |cause| SettingsError::SecretFile {
        variable: named.to_owned(),
        cause,
    };
    let contents = std::fs::read_to_string(path).map_err(unread)?;
    Ok(contents.trim_end().to_owned())
}

fn environment_layer(environment: &BTreeMap<String, String>) -> Result<Layer, SettingsError> {
    let mut layer = Layer::default();
    for (variable, value) in environment {
        let Some(rest) = variable.strip_prefix(PREFIX) else {
            continue;
        };
        if variable == ENVIRONMENT || variable.starts_with(TESTS) {
            continue;
        }
        let name = match variable.as_str() {
            SHORT_FOR_LOG_FILTER => "log.filter".to_owned(),
            _ => rest.to_ascii_lowercase().replace("__", "."),
        };
        if is_known(&name) {
            layer.push(name, &format!("environment {variable}"), value.as_str());
            continue;
        }
        let Some(name) = held_by_file(&name) else {
            let nearest = nearest(&name);
            let meant = format!("{PREFIX}{}", nearest.to_ascii_uppercase().replace('.', "__"));
            return Err(SettingsError::unknown(variable, "the environment", &meant));
        };
        let plain = &variable[..variable.len() - FILE.len()];
        if environment.contains_key(plain) {
            return Err(SettingsError::Twice {
                plain: plain.to_owned(),
                file: variable.clone(),
            });
        }
        let secret = contents(variable, value)?;
        layer.push(name, &format!("environment {variable}"), secret);
    }
    Ok(layer)
}

fn flatten(prefix: &str, values: Map<String, Value>, found: &mut Vec<(String, Value)>) {
    for (name, value) in values {
        let name = if prefix.is_empty() {
            name
        } else {
            format!("{prefix}.{name}")
        };
        match value.kind {
            ValueKind::Table(table) => flatten(&name, table, found),
            _ => found.push((name, value)),
        }
    }
}
