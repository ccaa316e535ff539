//! The Python client: installed as its users install it, and tested against the real server.

use std::path::Path;

use anyhow::{Context, Result};

use crate::workspace::{Workspace, run};

/// Where the client lies.
const CLIENT: &str = "clients/python";

/// Installs the client into the environment of `interpreter` and runs its tests.
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
    let mut pytest = workspace.program(interpreter);
    pytest.args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]);
    pytest.arg(workspace.file(CLIENT));
    pytest.env("CHANDLERY_TEST_BINARY", workspace.built("debug/chandlery"));
    run(&mut pytest)
}
