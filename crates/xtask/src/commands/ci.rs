//! `cargo xtask ci`.

use super::{ALL_PROGRAMS, postgres, test};
use crate::{
    conformance,
    steps::Steps,
    workspace::{self, Workspace},
};

/// Checks format, lints and documentation, then provides what the tests need, runs them, tries the API against its
/// document, migrates databases forth and back, and tries the store on a newer PostgreSQL, too.
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
    let interpreter = test::run_tests(repository, steps, &[]);
    postgres::try_servers(repository, steps, interpreter.as_deref());
    if let Some(interpreter) = interpreter {
        steps.take("api against its document", || {
            conformance::check(repository, &interpreter)
        });
    }
}
