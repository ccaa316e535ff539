//! `cargo xtask ci`.

use super::{ALL_PROGRAMS, test};
use crate::{
    conformance,
    steps::Steps,
    workspace::{self, Workspace},
};

/// Checks format, lints and documentation, then provides what the tests need, runs them, and tries the API against its
/// document.
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
    if let Some(interpreter) = test::run_tests(repository, steps, &[]) {
        steps.take("api against its document", || {
            conformance::check(repository, &interpreter)
        });
    }
}
