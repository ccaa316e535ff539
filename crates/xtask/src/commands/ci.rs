//! `cargo xtask ci`.

use super::{ALL_PROGRAMS, test};
use crate::{
    conformance, migrations,
    newer::Newer,
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
    steps.take("migrations", || migrations::check(repository, None));
    if let Some(interpreter) = interpreter {
        steps.take("api against its document", || {
            conformance::check(repository, &interpreter)
        });
        let newer = steps.take("postgresql 18", || Newer::provide(repository, &interpreter));
        if let Some(newer) = newer {
            steps.take("store on postgresql 18", || newer.test(repository));
            steps.take("migrations on postgresql 18", || {
                migrations::check(repository, Some(&newer.binaries()))
            });
        }
    }
}
