//! A folder with a store and files beside it.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;
use testkit::postgres::Database;

use crate::{Outcome, Program};

/// The kinds of store that a test can run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Plain files.
    Files,
    /// PostgreSQL.
    Postgres,
}

/// A temporary folder, removed on drop; a store on files is in its subfolder `store`, one on PostgreSQL in a database
/// of its own.
pub struct Place {
    folder: TempDir,
    database: Option<Database>,
    /// The URL of a store elsewhere.
    store: Option<String>,
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

impl Place {
    /// Makes an empty one, with a store on files.
    pub fn new() -> Self {
        Self::of(Kind::Files)
    }

    /// Makes an empty one, with a store of that kind.
    pub fn of(kind: Kind) -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder can be made"),
            database: (kind == Kind::Postgres).then(|| testkit::postgres::Server::shared().database_now()),
            store: None,
        }
    }

    /// Makes an empty folder with a store elsewhere.
    pub fn with_store(url: impl Into<String>) -> Self {
        Self {
            store: Some(url.into()),
            ..Self::new()
        }
    }

    /// Returns the database of the store, if it has one of its own.
    pub fn database(&self) -> Option<&Database> {
        self.database.as_ref()
    }

    /// Returns the path of a file or folder in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the store's URL.
    pub fn store(&self) -> String {
        match (&self.store, &self.database) {
            (Some(store), _) => store.clone(),
            (None, Some(database)) => database.url("chandlery_app"),
            (None, None) => format!("file:{}", self.path("store").display()),
        }
    }

    /// Writes a file, making the folders above it.
    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).expect("folders can be made");
        }
        std::fs::write(&path, contents).expect("a file can be written");
        path
    }

    /// Prepares a call on the store.
    pub fn program<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Program {
        let arguments = arguments.into_iter().map(str::to_owned);
        Program::new(arguments.chain(["--store".to_owned(), self.store()])).within(self.folder())
    }

    /// Makes a call on the store.
    pub fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
        self.program(arguments).run()
    }

    /// Makes a call that must be successful and returns its JSON document.
    pub fn json<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Value {
        self.run(arguments.into_iter().chain(["--json"])).ok().json()
    }

    /// Returns the head of a series; null when there is none.
    pub fn head(&self, series: &str) -> Value {
        let listed = self.json(["series", "list"]);
        let found = listed["series"]
            .as_array()
            .and_then(|all| all.iter().find(|head| head["key"] == series));
        found.cloned().unwrap_or(Value::Null)
    }

    /// Checks that everything in the store matches its digests.
    pub fn verify(&self) {
        let report = self.json(["verify"]);
        assert_eq!(report["intact"], true, "{report}");
    }
}
