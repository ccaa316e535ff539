//! Price files that the tests make for themselves.

use std::fmt::Write;

use domain::market::Timestamp;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

/// 2000-01-01T00:00:00Z.
const BEGIN: i64 = 946_684_800_000_000;

/// Returns a price that tells its minute and its seed apart from others.
pub fn price_of(minute: u64, seed: u64) -> f64 {
    100.0 + ((minute * 37 + seed * 101) % 4_000) as f64 / 100.0
}

fn row(text: &mut String, minute: u64, seed: u64) {
    let time = Timestamp::saturating(BEGIN + minute as i64 * 60_000_000);
    let (open, close) = (price_of(minute, seed), price_of(minute + 1, seed));
    let (high, low) = (open.max(close) + 0.25, open.min(close) - 0.25);
    writeln!(
        text,
        "{time},{open},{high},{low},{close},{}",
        minute % 1_000 + seed
    )
    .expect("a text can grow");
}

const HEADER: &str = "time,open,high,low,close,volume\n";

/// Makes a file of consecutive minutes, with prices that depend on the seed.
pub fn minute_csv(minutes: std::ops::Range<u64>, seed: u64) -> String {
    let mut text = HEADER.to_owned();
    for minute in minutes {
        row(&mut text, minute, seed);
    }
    text
}

/// Makes the same file with its rows in any order.
pub fn shuffled_minute_csv(minutes: std::ops::Range<u64>, seed: u64) -> String {
    let mut order: Vec<u64> = minutes.collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let mut text = HEADER.to_owned();
    for minute in order {
        row(&mut text, minute, seed);
    }
    text
}
