//! Ctrl-C: asks the command to stop, and on the second time stops the program.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::output::note;

/// What shells report for a program that Ctrl-C has stopped.
const INTERRUPTED: i32 = 130;
/// How long a command may take to stop before it is explained what it waits for.
const PATIENCE: Duration = Duration::from_millis(500);

/// Sets `interrupted` on the first Ctrl-C; a second one ends the program at once, which no commit minds: it is made
/// whole or not at all.
pub(crate) async fn watch(interrupted: Arc<AtomicBool>) {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler, Ctrl-C ends the program as usual.
        return;
    }
    interrupted.store(true, Ordering::Relaxed);
    let again = tokio::signal::ctrl_c();
    tokio::pin!(again);
    if tokio::time::timeout(PATIENCE, &mut again).await.is_err() {
        note("stopping; press Ctrl-C again to stop at once");
        drop(again.await);
    }
    std::process::exit(INTERRUPTED);
}
