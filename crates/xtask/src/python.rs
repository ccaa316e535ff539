//! A Python with the packages that the interoperability tests read files with.
#![expect(clippy::print_stdout, reason = "people should know what takes the time")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::workspace::{Workspace, run};

/// The oldest Python that the pinned packages work with.
const OLDEST: (u32, u32) = (3, 11);

/// Returns the interpreter of a virtual environment that holds exactly what `tests/python/requirements.txt` pins; it
/// is made under the target directory when there is none or the pins have changed.
///
/// # Errors
/// When Python or its module venv is missing, with the command that installs it, or the packages can't be installed.
pub(crate) fn provide(workspace: &Workspace) -> Result<PathBuf> {
    provide_pinned(workspace, "tests/python/requirements.txt", "venv")
}

/// Returns the interpreter of a virtual environment that holds exactly what `tests/python/bench-requirements.txt` pins.
///
/// # Errors
/// Those of [`provide`].
pub(crate) fn provide_for_benchmarks(workspace: &Workspace) -> Result<PathBuf> {
    provide_pinned(workspace, "tests/python/bench-requirements.txt", "venv-bench")
}

/// Returns the interpreter of a virtual environment that holds exactly what `tests/python/backtests-requirements.txt`
/// pins.
///
/// # Errors
/// Those of [`provide`].
pub(crate) fn provide_for_backtests(workspace: &Workspace) -> Result<PathBuf> {
    provide_pinned(
        workspace,
        "tests/python/backtests-requirements.txt",
        "venv-backtests",
    )
}

fn provide_pinned(workspace: &Workspace, pins: &str, folder: &str) -> Result<PathBuf> {
    let requirements = workspace.file(pins);
    let wanted = fs::read_to_string(&requirements).with_context(|| format!("{pins} can't be read"))?;
    let environment = workspace.built(folder);
    let interpreter = environment.join("bin/python");
    let stamp = environment.join("installed-requirements.txt");
    let installed = fs::read_to_string(&stamp).ok();
    if installed.is_some_and(|installed| installed == wanted) && works(workspace, &interpreter) {
        return Ok(interpreter);
    }
    let python = find(workspace)?;
    if environment.exists() {
        fs::remove_dir_all(&environment).context("the outdated virtual environment can't be removed")?;
    }
    println!("making a virtual environment with the packages of {pins}");
    run(workspace.program(&python).args(["-m", "venv"]).arg(&environment))
        .context("the virtual environment can't be made; on Debian: apt-get install python3-venv")?;
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--requirement",
    ];
    run(workspace.program(&interpreter).args(pip).arg(&requirements))
        .context("the Python packages can't be installed; they come from PyPI, which must be within reach")?;
    fs::write(&stamp, wanted).context("the virtual environment can't be marked as complete")?;
    Ok(interpreter)
}

/// Installs the packages that `requirements` pins, without what they ask for, into a folder of their own under the
/// target directory, unless they are there; returns the folder.
///
/// # Errors
/// When they can't be installed.
pub(crate) fn provide_apart(
    workspace: &Workspace,
    interpreter: &Path,
    requirements: &str,
    folder: &str,
) -> Result<PathBuf> {
    let file = workspace.file(requirements);
    let wanted = fs::read_to_string(&file).with_context(|| format!("{requirements} can't be read"))?;
    let folder = workspace.built(folder);
    let stamp = folder.join("installed-requirements.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).context("outdated packages can't be removed")?;
    }
    println!("installing what {requirements} names");
    let mut pip = workspace.program(interpreter);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    pip.args(["--no-deps", "--target"]).arg(&folder);
    run(pip.arg("--requirement").arg(&file))
        .context("the packages can't be installed; they come from PyPI, which must be within reach")?;
    fs::write(&stamp, wanted).context("the folder can't be marked as complete")?;
    Ok(folder)
}

fn works(workspace: &Workspace, interpreter: &Path) -> bool {
    answer(workspace.program(interpreter).args(["-c", "print(1)"])).is_some()
}

/// Finds a Python that can make virtual environments.
fn find(workspace: &Workspace) -> Result<PathBuf> {
    let python = env::var_os("CHANDLERY_PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from);
    let name = python.display().to_string();
    let version = answer(
        workspace
            .program(&python)
            .args(["-c", "import sys; print(*sys.version_info[:2])"]),
    );
    let Some(version) = version else {
        bail!("`{name}` is missing; on Debian: apt-get install python3 python3-venv");
    };
    let (oldest_major, oldest_minor) = OLDEST;
    if parse_version(&version).is_none_or(|version| version < OLDEST) {
        let found = version.replace(' ', ".");
        bail!(
            "`{name}` is Python {found}, and {oldest_major}.{oldest_minor} is needed; \
             name a newer one in the environment variable CHANDLERY_PYTHON"
        );
    }
    if answer(
        workspace
            .program(&python)
            .args(["-c", "import ensurepip, venv; print(1)"]),
    )
    .is_none()
    {
        bail!("`{name}` lacks the module venv; on Debian: apt-get install python3-venv");
    }
    Ok(python)
}

/// Reads a version such as `3 11`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Returns the first line that a program prints, if it succeeds.
fn answer(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output
        .status
        .success()
        .then(|| text.lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(parse_version("3 9").unwrap() < OLDEST);
        assert!(parse_version("3 13").unwrap() > OLDEST);
        assert_eq!(parse_version("three"), None);
    }
}
