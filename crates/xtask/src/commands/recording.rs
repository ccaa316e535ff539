//! `cargo xtask recording`.

use super::test::build_program;
use crate::{
    python,
    steps::Steps,
    workspace::{self, Workspace},
};

/// Runs the scripts of `docs/recording.md` with the tools that they are for, and has what they make recorded.
pub(crate) fn run_scripts(repository: &Workspace, steps: &mut Steps) {
    let interpreter = steps.take("python packages", || python::provide_for_backtests(repository));
    build_program(repository, steps);
    let Some(interpreter) = interpreter else { return };
    steps.take("scripts of the manual", || {
        let mut command = repository.program(interpreter);
        command.arg(repository.file("tests/python/recording.py"));
        command.arg(repository.file("docs/recording.md"));
        workspace::run(command.arg(repository.built("debug/chandlery")))
    });
}
