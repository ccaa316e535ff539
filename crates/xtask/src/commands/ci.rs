//! `cargo xtask ci`.

use super::{ALL_PROGRAMS, test};
use crate::{
    steps::Steps,
    workspace::{self, Workspace},
};

/// Checks format, lints and documentation, then provides what the tests need and runs them.
pub(crate) fn run_checks(repository: &Workspace, steps: &mut Steps) {
    steps.take("format", || {
        workspace::run(&mut repository.cargo(&["fmt", "--all", "--check"]))
    });
    steps.take("lints", || {
        let mut command = repository.cargo(&["clippy", "--workspace", "--all-targets"]);
        workspace::run(command.args(ALL_PROGRAMS).args(["--", "--deny", "warnings"]))
    });
    steps.take("documentation", || {
        let mut command = repository.cargo(&["doc", "--no-deps", "--workspace"]);
        workspace::run(command.env("RUSTDOCFLAGS", "-D warnings"))
    });
    test::run_tests(repository, steps, &[]);
}
