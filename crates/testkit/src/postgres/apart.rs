//! Running a future to its end from wherever one is.

use std::thread;

/// Runs a future on a thread and a runtime of its own: for destructors, and for tests that are not asynchronous.
///
/// # Panics
/// When the future does, or no runtime can be started.
pub(super) fn run_apart<T: Send>(future: impl Future<Output = T> + Send) -> T {
    thread::scope(|scope| {
        let run = move || {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            let runtime = builder.enable_all().build().expect("a runtime can be started");
            runtime.block_on(future)
        };
        match scope.spawn(run).join() {
            Ok(value) => value,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
