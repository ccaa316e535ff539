//! Writers that die at any moment.

use std::{
    process::Child,
    thread,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use testkit::scale;
use tests::{Place, killing, minute_csv};

const WRITERS: u64 = 8;
/// The bars of one payload.
const PAYLOAD: u64 = 20;

#[test]
fn acknowledged_imports_survive_the_death_of_their_writers() {
    let (place, rounds, seed) = (Place::new(), scale::count(300), scale::seed());
    scale::announce("killed writers", seed);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let deadline = scale::Deadline::start();
    let mut acknowledged = Vec::new();
    let mut attempted = 0;
    for _ in 0..rounds {
        if deadline.passed() {
            break;
        }
        let limit = Duration::from_micros(chance.random_range(0..2_000_000));
        acknowledged.extend(write_until_killed(&place, attempted, limit));
        attempted += WRITERS * 200;
    }
    place.verify();
    let exported = place.run(["export", "X:KILLED/1m"]).ok().out;
    let stored: std::collections::HashSet<&str> = exported.lines().skip(1).collect();
    let lost = acknowledged.iter().filter(|number| {
        let payload = minute_csv(*number * PAYLOAD..(*number + 1) * PAYLOAD, 3);
        !payload.lines().skip(1).all(|line| stored.contains(line))
    });
    assert_eq!(lost.count(), 0, "of {} acknowledged imports", acknowledged.len());
    assert!(
        acknowledged.len() > 20,
        "{} imports were acknowledged",
        acknowledged.len()
    );
    assert_eq!(stored.len() % PAYLOAD as usize, 0, "no import is stored in part");
    println!(
        "{} imports acknowledged, {} stored",
        acknowledged.len(),
        stored.len() as u64 / PAYLOAD
    );
}

/// Lets eight writers import payload after payload and kills all of them when the time is over. Returns the numbers of
/// the payloads that were acknowledged.
fn write_until_killed(place: &Place, begin: u64, limit: Duration) -> Vec<u64> {
    let end = Instant::now() + limit;
    let write = |writer: u64| {
        move || {
            let mut acknowledged = Vec::new();
            for number in (begin + writer..).step_by(WRITERS as usize) {
                let file = format!("payload-{number}.csv");
                place.write(&file, minute_csv(number * PAYLOAD..(number + 1) * PAYLOAD, 3));
                let child = place
                    .program(["import", &file, "--series", "X:KILLED/1m", "-q"])
                    .start();
                let done = wait_until(child, end);
                if done {
                    acknowledged.push(number);
                } else {
                    return acknowledged;
                }
            }
            acknowledged
        }
    };
    thread::scope(|scope| {
        let running: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(write(writer))).collect();
        running
            .into_iter()
            .flat_map(|writer| writer.join().unwrap())
            .collect()
    })
}

/// Waits for a child and kills it when the time is over; tells whether it ended well before.
fn wait_until(mut child: Child, end: Instant) -> bool {
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            let mut errors = String::new();
            if let Some(mut stderr) = child.stderr.take() {
                std::io::Read::read_to_string(&mut stderr, &mut errors).unwrap();
            }
            assert!(status.success(), "an import failed: {errors}");
            return true;
        }
        if Instant::now() >= end {
            child.kill().unwrap();
            return child.wait().unwrap().success();
        }
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn an_import_that_is_killed_leaves_the_old_version_or_the_new_one_and_repeating_it_completes_it() {
    let place = Place::new();
    killing::assert_imports_are_whole(&place);
    place.verify();
}
