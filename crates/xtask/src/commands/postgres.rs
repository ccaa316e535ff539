//! `cargo xtask postgres`.

use std::path::Path;

use crate::{migrations, newer::Newer, steps::Steps, workspace::Workspace};

/// Migrates databases forth and back on the installed PostgreSQL, and does so on the newest, too, where it also runs the
/// tests of which the result may depend on the server. The program has been built.
pub(crate) fn try_servers(repository: &Workspace, steps: &mut Steps, interpreter: Option<&Path>) {
    steps.take("migrations", || migrations::check(repository, None));
    let Some(interpreter) = interpreter else { return };
    let newer = steps.take("postgresql 18", || Newer::provide(repository, interpreter));
    if let Some(newer) = newer {
        steps.take("store on postgresql 18", || newer.test(repository));
        steps.take("migrations on postgresql 18", || {
            migrations::check(repository, Some(&newer.binaries()))
        });
    }
}
