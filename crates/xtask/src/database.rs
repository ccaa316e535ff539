//! A PostgreSQL for tests and checks.
//!
//! The server is started by a program of `testkit`: this one must build without the crates that it checks.
#![expect(clippy::print_stdout, reason = "people should know what takes the time")]

use std::{
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::{
    commands::ALL_PROGRAMS,
    workspace::{Workspace, run},
};

/// Names a server that is there already.
pub(crate) const URL: &str = "CHANDLERY_TEST_DATABASE_URL";
/// Names the folder with the programs of the PostgreSQL to start.
pub(crate) const BINARIES: &str = "CHANDLERY_TEST_POSTGRES_BIN";
/// What the program that starts a server ends with when there is nothing to start.
const NOT_INSTALLED: i32 = 3;

/// A server; one that was started for this ends with it.
#[derive(Debug)]
pub(crate) struct Database {
    url: String,
    process: Option<Child>,
}

impl Database {
    /// Returns the server that `CHANDLERY_TEST_DATABASE_URL` names, or starts one; installs PostgreSQL when it is
    /// missing and this user may.
    ///
    /// # Errors
    /// When there is none and none can be installed, with what to do.
    pub(crate) fn provide(workspace: &Workspace) -> Result<Self> {
        if let Ok(url) = env::var(URL) {
            return Ok(Self { url, process: None });
        }
        // The same features as for the tests, so that nothing is built twice.
        let mut build = workspace.cargo(&["build", "--workspace", "--bin", "throwaway-postgres"]);
        run(build.args(ALL_PROGRAMS))?;
        if let Some(database) = Self::try_start(workspace, None)? {
            return Ok(database);
        }
        install(workspace)?;
        Self::try_start(workspace, None)?.context("PostgreSQL was installed, and is still missing")
    }

    /// Starts a server on an empty cluster, from the programs in a folder or those that are installed.
    ///
    /// # Errors
    /// When there are none, or the server does not start.
    pub(crate) fn start(workspace: &Workspace, binaries: Option<&Path>) -> Result<Self> {
        Self::try_start(workspace, binaries)?.context("there is no PostgreSQL on this machine")
    }

    fn try_start(workspace: &Workspace, binaries: Option<&Path>) -> Result<Option<Self>> {
        let mut command = workspace.program(workspace.built("debug/throwaway-postgres"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        if let Some(binaries) = binaries {
            command.env(BINARIES, binaries);
        }
        let mut process = command.spawn().context("no server can be started")?;
        let output = process.stdout.take().context("the server has no output")?;
        let mut url = String::new();
        BufReader::new(output).read_line(&mut url)?;
        if !url.is_empty() {
            let url = url.trim_end().to_owned();
            return Ok(Some(Self {
                url,
                process: Some(process),
            }));
        }
        let status = process.wait()?;
        if status.code() == Some(NOT_INSTALLED) {
            return Ok(None);
        }
        bail!("PostgreSQL can't be started ({status})")
    }

    /// Returns the URL of a superuser.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the URL of the same database for another user.
    pub(crate) fn url_of(&self, user: &str) -> Result<String> {
        let (_, rest) = self.url.split_once('@').context("the URL names no user")?;
        Ok(format!("postgres://{user}@{rest}"))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It ends with its input.
            drop(process.stdin.take());
            drop(process.wait());
        }
    }
}

/// Installs the system's package, where this user may.
fn install(workspace: &Workspace) -> Result<()> {
    let remedy = "PostgreSQL is missing: install it (Debian, Ubuntu: apt-get install postgresql), set \
                  CHANDLERY_TEST_POSTGRES_BIN to the folder of its programs, or CHANDLERY_TEST_DATABASE_URL to the URL of \
                  a superuser on a server that tests may make databases on";
    let works = |command: &mut Command| {
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        quiet.is_ok_and(|status| status.success())
    };
    let may = works(workspace.program("sh").args(["-c", "test \"$(id -u)\" = 0"]))
        || works(workspace.program("sudo").args(["--non-interactive", "true"]));
    if !may || !works(workspace.program("apt-get").arg("--version")) {
        bail!(remedy);
    }
    println!("installing the package postgresql");
    run(&mut workspace.program(workspace.file(".ci/install-postgresql"))).context(remedy)
}
