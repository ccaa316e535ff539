//! Two processes import into one store at once, and now and then one is killed.

use std::{
    thread,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use testkit::scale;
use tests::{Place, minute_csv};

/// Each writer has stretches of its own in one series, so that a lost commit leaves a hole.
const STRETCH: u64 = 50;

fn write_stretch(place: &Place, writer: u64, number: u64) -> (String, u64) {
    let first = (number * 2 + writer) * STRETCH;
    let name = format!("{writer}-{number}.csv");
    place.write(&name, minute_csv(first..first + STRETCH, 0));
    (name, first)
}

fn bars_within(exported: &str, first: u64) -> usize {
    let expected = minute_csv(first..first + STRETCH, 0);
    expected
        .lines()
        .skip(1)
        .filter(|line| exported.contains(line))
        .count()
}

/// Imports one stretch; kills the import half of the time. Returns whether it was acknowledged.
fn import(place: &Place, file: &str, chance: &mut ChaCha8Rng) -> bool {
    let arguments = ["import", file, "--series", "X:SHARED/1m", "--json"];
    let mut child = place.program(arguments).start();
    if chance.random_bool(0.5) {
        thread::sleep(Duration::from_micros(chance.random_range(0..60_000)));
        child.kill().unwrap();
    }
    child.wait_with_output().unwrap().status.success()
}

#[test]
fn no_commit_is_lost_or_torn_when_one_of_two_importers_is_killed_now_and_then() {
    let (place, rounds, seed) = (Place::new(), scale::count(500), scale::seed());
    scale::announce("several processes", seed);
    let (deadline, begin) = (scale::Deadline::start(), Instant::now());
    let writers = [0, 1];
    let stretches: Vec<(u64, bool)> = thread::scope(|scope| {
        let write = |writer: u64| {
            let (place, deadline) = (&place, &deadline);
            move || {
                let mut chance = ChaCha8Rng::seed_from_u64(seed.wrapping_add(writer));
                let mut done: Vec<(u64, bool)> = Vec::new();
                for number in 0.. {
                    let has_seen = |outcome: bool| done.iter().any(|(_, seen)| *seen == outcome);
                    let has_seen_both = has_seen(true) && has_seen(false);
                    if has_seen_both && (number >= rounds || deadline.passed()) {
                        break;
                    }
                    assert!(begin.elapsed() < Duration::from_mins(10), "{done:?}");
                    let (file, first) = write_stretch(place, writer, number);
                    done.push((first, import(place, &file, &mut chance)));
                }
                done
            }
        };
        let running = writers.map(|writer| scope.spawn(write(writer)));
        running
            .into_iter()
            .flat_map(|writer| writer.join().unwrap())
            .collect()
    });
    let acknowledged = stretches.iter().filter(|(_, acknowledged)| *acknowledged).count() as u64;
    assert!(
        acknowledged > 0 && (acknowledged as usize) < stretches.len(),
        "{acknowledged} of {}",
        stretches.len()
    );
    place.verify();
    let exported = place.run(["export", "X:SHARED/1m"]).ok().out;
    let mut found = 0;
    for (first, acknowledged) in stretches {
        match bars_within(&exported, first) {
            0 => assert!(
                !acknowledged,
                "the acknowledged stretch from minute {first} is lost"
            ),
            all if all as u64 == STRETCH => found += STRETCH,
            some => panic!("the stretch from minute {first} is torn: {some} of {STRETCH} bars"),
        }
    }
    assert_eq!(
        exported.lines().count() as u64 - 1,
        found,
        "there are bars that nobody wrote"
    );
    let head = place.head("X:SHARED/1m");
    assert_eq!(
        head["version"],
        head["bars"].as_u64().unwrap() / STRETCH,
        "versions are without a hole"
    );
}
