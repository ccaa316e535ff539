//! Where the repository lies, and programs run in it.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// The cargo workspace that this program belongs to.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Finds the workspace that `cargo` started this program from.
    pub(crate) fn find() -> Result<Self> {
        let package = env::var_os("CARGO_MANIFEST_DIR").context("start this program with `cargo xtask`")?;
        let root = Path::new(&package)
            .ancestors()
            .nth(2)
            .context("the package lies outside a workspace")?;
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
        Ok(Self {
            root: root.to_owned(),
            target: root.join(target),
        })
    }

    /// Returns the path of a file of the repository.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Returns the path of something that was built, or that may be deleted like it.
    pub(crate) fn built(&self, path: &str) -> PathBuf {
        self.target.join(path)
    }

    /// Prepares a call of `cargo`.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = self.program(cargo);
        command.args(arguments);
        command
    }

    /// Prepares a call of a program, to be run at the root of the workspace and without input.
    pub(crate) fn program(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).stdin(Stdio::null());
        // What cargo tells this program about its own package would make build scripts run again that look at it.
        let own = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(own) {
                command.env_remove(&name);
            }
        }
        command
    }
}

/// Runs a command, which shows its own output, and fails when it does.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let arguments: Vec<_> = command
        .get_args()
        .map(|argument| argument.to_string_lossy())
        .collect();
    let shown = format!("{name} {}", arguments.join(" "));
    let status = command
        .status()
        .with_context(|| format!("`{name}` could not be started"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}
