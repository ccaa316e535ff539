//! The settings that exist, and what they are when nobody says.

/// A setting.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its name, with dots between tables.
    pub(crate) name: &'static str,
    /// What it is when nobody says, as text.
    pub(crate) default: &'static str,
}

/// Every setting.
pub(crate) const KEYS: [Key; 18] = [
    Key {
        name: "store.url",
        default: "file:./data",
    },
    Key {
        name: "store.lock_wait",
        default: "10",
    },
    Key {
        name: "store.password",
        default: "",
    },
    Key {
        name: "store.migrate_url",
        default: "",
    },
    Key {
        name: "store.connections",
        default: "10",
    },
    Key {
        name: "store.bulk_connections",
        default: "4",
    },
    Key {
        name: "store.retention_days",
        default: "0",
    },
    Key {
        name: "log.filter",
        default: "warn,api=info",
    },
    Key {
        name: "log.format",
        default: "text",
    },
    Key {
        name: "import.max_rejected",
        default: "0.1%",
    },
    Key {
        name: "import.memory_rows",
        default: "1000000",
    },
    Key {
        name: "backtest.workers",
        default: "1",
    },
    Key {
        name: "http.listen",
        default: "127.0.0.1:8080",
    },
    Key {
        name: "http.public_url",
        default: "",
    },
    Key {
        name: "http.insecure",
        default: "false",
    },
    Key {
        name: "http.max_bars_mib",
        default: "64",
    },
    Key {
        name: "http.max_upload_mib",
        default: "1024",
    },
    Key {
        name: "http.shutdown",
        default: "30",
    },
];

/// Settings of which the value is not shown.
pub(crate) const SECRETS: [&str; 1] = ["store.password"];
/// Settings that are URLs and may hold a password.
pub(crate) const URLS: [&str; 2] = ["store.url", "store.migrate_url"];

/// Tells whether there is a setting of that name.
pub(crate) fn is_known(name: &str) -> bool {
    KEYS.iter().any(|key| key.name == name)
}

/// What stands behind the name of a setting whose value is in a file.
pub(crate) const FILE: &str = "_file";

/// Returns the setting whose value a file holds, if `name` says that of one.
pub(crate) fn held_by_file(name: &str) -> Option<&str> {
    name.strip_suffix(FILE).filter(|name| is_known(name))
}

/// Returns the name that is most like `name`: that of a setting, or that of a file with its value.
pub(crate) fn nearest(name: &str) -> String {
    match name.strip_suffix(FILE) {
        Some(name) => format!("{}{FILE}", nearest_setting(name)),
        None => nearest_setting(name).to_owned(),
    }
}

fn nearest_setting(name: &str) -> &'static str {
    let likeness = |key: &Key| strsim::jaro_winkler(key.name, name);
    let best = KEYS.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    best.map_or(KEYS[0].name, |key| key.name)
}
