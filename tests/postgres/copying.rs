//! Everything from files to PostgreSQL and back.

use std::{
    thread,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use testkit::{postgres::Server, scale};
use tests::{
    Outcome, Place, Program,
    killing::{MOST_KILLS, is_broken_off},
    write_history,
};

use crate::site::in_company_now;

/// How often a copy is killed before it is left in peace.
const KILLS: u32 = 10;

fn copy(place: &Place, from: &str, to: &str, more: &[&str]) -> Program {
    let arguments = ["copy", "--from", from, "--to", to];
    Program::new(arguments.iter().chain(more)).within(place.folder())
}

fn on(place: &Place, store: &str, arguments: &[&str]) -> Outcome {
    Program::new(arguments.iter().chain(&["--store", store]))
        .within(place.folder())
        .run()
}

/// Returns what tells the contents of a store: each series with its versions, its bars and the digest of every version.
fn contents(place: &Place, store: &str) -> Vec<Value> {
    let listed = on(place, store, &["series", "list", "--json"]).ok().json();
    let series = listed["series"].as_array().unwrap().iter().map(|head| {
        let key = head["key"].as_str().unwrap();
        let commits = on(place, store, &["series", "commits", key, "--json"])
            .ok()
            .json();
        let head = ["key", "version", "bars", "first", "last", "gaps", "digest"].map(|name| &head[name]);
        serde_json::json!({ "head": head, "commits": commits["commits"] })
    });
    series.collect()
}

/// Copies, killed ten times on the way and begun again each time; returns how often it was broken off.
fn copy_however_often_it_is_killed(
    place: &Place,
    (from, to): (&str, &str),
    whole: Duration,
    chance: &mut ChaCha8Rng,
) -> u32 {
    let mut broken_off = 0;
    for _ in 0..KILLS {
        let mut child = copy(place, from, to, &["-q"]).start();
        thread::sleep(whole.mul_f64(chance.random_range(0.0..1.0)));
        child.kill().unwrap();
        broken_off += u32::from(!child.wait().unwrap().success());
    }
    copy(place, from, to, &[]).run().ok();
    broken_off
}

#[test]
fn history_goes_from_files_to_postgresql_and_back_whole_however_often_it_is_killed() {
    let _company = in_company_now();
    let seed = scale::seed();
    scale::announce("killed migration", seed);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let (place, postgres) = (Place::new(), Server::shared());
    // Enough for a copy to take long, however small the scale.
    write_history(&place, scale::count(1_000_000).max(100_000));
    let files = place.store();
    let expected = contents(&place, &files);
    assert_eq!(expected.len(), 2);

    let undisturbed = postgres.database_now();
    let begin = Instant::now();
    copy(&place, &files, &undisturbed.url("chandlery_app"), &[])
        .run()
        .ok();
    let whole = begin.elapsed();

    let database = postgres.database_now();
    let there = database.url("chandlery_app");
    let mut broken_off = copy_however_often_it_is_killed(&place, (&files, &there), whole, &mut chance);
    assert_eq!(contents(&place, &there), expected);

    let back = format!("file:{}", place.path("back").display());
    broken_off += copy_however_often_it_is_killed(&place, (&there, &back), whole, &mut chance);
    assert_eq!(contents(&place, &back), expected);
    // Where all were quicker than the one that was timed, others are killed early on their way.
    let mut kills = 2 * KILLS;
    while broken_off == 0 {
        assert!(kills < MOST_KILLS, "no copy was broken off");
        let target = place.path(&format!("killed-{kills}"));
        let to = format!("file:{}", target.display());
        let child = copy(&place, &there, &to, &["-q"]).start();
        broken_off += u32::from(is_broken_off(child, &target, &mut chance));
        copy(&place, &there, &to, &[]).run().ok();
        assert_eq!(contents(&place, &to), expected, "kill {kills}");
        kills += 1;
    }
    for (from, to) in [(&files, &there), (&there, &back), (&back, &files)] {
        copy(&place, from, to, &["--verify-only"]).run().ok();
    }
}
