//! `cargo xtask test`.

use std::path::PathBuf;

use super::ALL_PROGRAMS;
use crate::{
    client,
    database::{self, Database},
    python,
    steps::Steps,
    workspace::{self, Workspace},
};

/// Provides a Python, the built program and a PostgreSQL that all test programs share, and runs the tests; `arguments`
/// are passed on to `cargo test`.
///
/// The tests run even when something could not be provided: those that need it fail and say so. Returns the Python, if
/// there is one.
pub(crate) fn run_tests(repository: &Workspace, steps: &mut Steps, arguments: &[String]) -> Option<PathBuf> {
    let interpreter = steps.take("python packages", || python::provide(repository));
    build_program(repository, steps);
    let database = steps.take("database", || Database::provide(repository));
    steps.take("tests", || {
        let mut command = repository.cargo(&["test", "--workspace", "--no-fail-fast"]);
        command.args(ALL_PROGRAMS).args(arguments);
        command.env("CHANDLERY_TEST_BINARY", repository.built("debug/chandlery"));
        if let Some(interpreter) = &interpreter {
            command.env("CHANDLERY_TEST_PYTHON", interpreter);
        }
        if let Some(database) = &database {
            command.env(database::URL, database.url());
        }
        workspace::run(&mut command)
    });
    // A part of a name selects tests in Rust.
    if let (Some(interpreter), []) = (&interpreter, arguments) {
        steps.take("python client", || client::test(repository, interpreter));
    }
    interpreter
}

/// Builds the program.
pub(crate) fn build_program(repository: &Workspace, steps: &mut Steps) {
    steps.take("program", || {
        // The command that builds the image, so that it is known to work.
        let mut build = repository.program(repository.file("docker/build"));
        build.arg("dev").arg(repository.built("image"));
        workspace::run(build.env("CARGO_TARGET_DIR", repository.built("")))
    });
}
