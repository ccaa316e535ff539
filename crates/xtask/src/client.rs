//! The Python client: installed as its users install it, and tested against the real server on either store.

#![expect(clippy::print_stdout, reason = "people should see what is tested")]

use std::{path::Path, process::Command};

use anyhow::{Context, Result};

use crate::{
    database::Database,
    workspace::{Workspace, run},
};

/// Where the client lies.
const CLIENT: &str = "clients/python";

/// Installs the client into the environment of `interpreter` and runs its tests, on files and on PostgreSQL.
///
/// # Errors
/// When it can't be installed or a test fails.
pub(crate) fn test(workspace: &Workspace, interpreter: &Path) -> Result<()> {
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
    ];
    run(workspace
        .program(interpreter)
        .args(pip)
        .arg("--force-reinstall")
        .arg(workspace.file(CLIENT)))
    .context(
        "the client can't be installed; its build backend comes from PyPI, which must be within reach",
    )?;
    println!("on a store on files");
    run(&mut pytest(workspace, interpreter)).context("the client's tests failed")?;
    println!("on PostgreSQL");
    let database = Database::start(workspace, None)?;
    let migrate = ["migrate", "up", "--quiet", "--store", database.url()];
    run(workspace
        .program(workspace.built("debug/chandlery"))
        .args(migrate))?;
    let store = database.url_of("chandlery_app")?;
    run(pytest(workspace, interpreter).env("CHANDLERY_TEST_STORE", store))
        .context("the client's tests failed on PostgreSQL")
}

fn pytest(workspace: &Workspace, interpreter: &Path) -> Command {
    let mut pytest = workspace.program(interpreter);
    pytest.args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]);
    pytest.arg(workspace.file(CLIENT));
    pytest.env("CHANDLERY_TEST_BINARY", workspace.built("debug/chandlery"));
    pytest
}
