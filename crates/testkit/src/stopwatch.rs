//! A watch for machines that stand still now and then.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How often the watch looks whether the machine goes on.
const TICK: Duration = Duration::from_millis(10);
/// The most that one look counts: what is longer, the machine stood still for.
const LONGEST: Duration = Duration::from_millis(50);

/// Measures how long something takes, without the time for which the machine lets no thread run: a bound of seconds then
/// tells of the program, and not of who else uses the machine. It is exact to about 10 ms.
#[derive(Debug)]
pub struct Stopwatch {
    begin: u64,
}

impl Stopwatch {
    /// Starts to measure.
    pub fn start() -> Self {
        Self { begin: counted() }
    }

    /// Returns how long that was ago.
    pub fn elapsed(&self) -> Duration {
        Duration::from_micros(counted() - self.begin)
    }
}

/// Returns the µs that this process has been let run since the first watch was started.
fn counted() -> u64 {
    static COUNTED: OnceLock<&'static AtomicU64> = OnceLock::new();
    let counted = COUNTED.get_or_init(|| {
        let counted: &AtomicU64 = Box::leak(Box::default());
        thread::spawn(move || count(counted));
        counted
    });
    counted.load(Ordering::SeqCst)
}

fn count(counted: &AtomicU64) {
    let mut last = Instant::now();
    loop {
        thread::sleep(TICK);
        let gap = last.elapsed();
        last += gap;
        let micros = gap.min(LONGEST).as_micros() as u64;
        counted.fetch_add(micros, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_and_never_faster_than_a_clock() {
        let clock = Instant::now();
        let watch = Stopwatch::start();
        // The first look may count what was before the start.
        while watch.elapsed() < Duration::from_millis(100) {
            assert!(clock.elapsed() < Duration::from_mins(1), "it stands still");
            thread::sleep(TICK);
        }
        assert!(watch.elapsed() <= clock.elapsed() + LONGEST);
    }
}
