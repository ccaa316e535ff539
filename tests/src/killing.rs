//! Imports and copies that are killed at any moment.

use std::{
    path::Path,
    process::Child,
    thread,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use testkit::scale;

use crate::{Place, minute_csv};

/// The series that is imported.
pub const SERIES: &str = "X:BIG/1m";

/// A version and a digest; both null when there is no series.
pub type Seen = (Value, Value);

fn seen(place: &Place) -> Seen {
    let head = place.head(SERIES);
    (head["version"].clone(), head["digest"].clone())
}

/// How often a copy is killed, at most, until one is broken off.
pub const MOST_KILLS: u32 = 50;

/// Kills a copy a moment after its target, a store on files that was not there, has begun to be made. Returns whether it
/// was broken off, and had not come to its end before.
pub fn is_broken_off(mut copy: Child, target: &Path, chance: &mut ChaCha8Rng) -> bool {
    let has_ended = |copy: &mut Child| copy.try_wait().expect("the copy can be waited for").is_some();
    while !has_ended(&mut copy) && !target.join("chandlery.json").exists() {
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(Duration::from_micros(chance.random_range(0..50_000)));
    copy.kill().expect("the copy can be killed");
    !copy.wait().expect("the copy has ended").success()
}

/// Imports 2,000,000 rows into an empty store, kills the import and repeats it, a hundred times: what is found is the
/// old version or the new one, and in the end what an import finds that nobody disturbs. Returns both.
pub fn assert_imports_are_whole(place: &Place) -> [Seen; 2] {
    let seed = scale::seed();
    scale::announce("killed import", seed);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let (rows, kills) = (scale::count(2_000_000), scale::count(100));
    // The import overlaps what is stored and reaches beyond it on both sides.
    place.write("before.csv", minute_csv(rows / 4..rows / 2, 1));
    place.write("big.csv", minute_csv(0..rows, 2));
    let import = ["import", "big.csv", "--series", SERIES, "-q"];
    let prepare = || {
        if !place.head(SERIES).is_null() {
            place.run(["series", "purge", SERIES, "--yes"]).ok();
        }
        place.run(["import", "before.csv", "--series", SERIES]).ok();
    };
    prepare();
    let old = seen(place);
    let begin = Instant::now();
    place.run(import).ok();
    let whole = begin.elapsed();
    let new = seen(place);
    let deadline = scale::Deadline::start();
    for kill in 0..kills {
        if deadline.passed() {
            break;
        }
        prepare();
        let mut child = place.program(import).start();
        thread::sleep(whole.mul_f64(chance.random_range(0.0..1.1)));
        child.kill().expect("the import can be killed");
        child.wait().expect("the import has ended");
        let found = seen(place);
        assert!(
            found == old || found == new,
            "kill {kill}: {found:?} is neither {old:?} nor {new:?}"
        );
        place.run(import).ok();
        assert_eq!(seen(place), new, "kill {kill}: repeating the import completes it");
    }
    [old, new]
}
