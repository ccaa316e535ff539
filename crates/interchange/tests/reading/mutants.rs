//! Spoiled at random, files never make the reader panic, and errors name what they are about.

use interchange::{ReadError, ReadReport};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    fixture::Folder,
    samples::{Sample, samples},
};

/// How many mutants of each dialect there are at a scale of 100 %.
const FULL: u64 = 100_000;
/// Rules of files as a whole, which no line breaks.
const WITHOUT_LINE: [&str; 8] = [
    "empty-file",
    "damaged-file",
    "no-input",
    "several-symbols",
    "timeframe-mismatch",
    "timeframe-unclear",
    "path-unclear",
    "ratio-limit",
];

fn count() -> u64 {
    let scale = std::env::var("CHANDLERY_TEST_SCALE")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1_u64);
    (FULL * scale / 100).max(20)
}

fn mutate(text: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    const BYTES: &[u8] = b",;\t\n\r\"-.0123456789eEnaNif[]{}<> Z+\0\xff\xef\xbb\xbf:";
    if text.is_empty() {
        return;
    }
    let at = random.random_range(0..text.len());
    let byte = BYTES[random.random_range(0..BYTES.len())];
    let end = (at + random.random_range(1..40)).min(text.len());
    match random.random_range(0..8) {
        0 => text[at] = byte,
        1 => text.insert(at, byte),
        2 => drop(text.remove(at)),
        3 => drop(text.drain(at..end)),
        4 => text.truncate(at),
        5 => {
            let piece = text[at..end].to_vec();
            let to = random.random_range(0..text.len());
            text.splice(to..to, piece);
        }
        6 => text[at] ^= 1 << random.random_range(0..8),
        _ => {
            let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
            let (a, b) = (
                random.random_range(0..lines.len()),
                random.random_range(0..lines.len()),
            );
            lines.swap(a, b);
            *text = lines.join(&b'\n');
        }
    }
}

fn check_report(report: &ReadReport, path: &str) {
    for row in &report.rejected {
        assert!(
            row.file.ends_with(path) && row.line > 0 && !row.rule.is_empty(),
            "{row:?}"
        );
        assert!(!row.column.is_empty() && !row.message.is_empty(), "{row:?}");
    }
    let by_rule: u64 = report.rules.iter().map(|rule| rule.rows).sum();
    assert_eq!(by_rule, report.rejected_rows);
}

fn check_error(error: &ReadError, path: &str) {
    match error {
        ReadError::Refused(refusal) => {
            assert!(refusal.file.ends_with(path), "{refusal}");
            assert!(
                !refusal.rule.is_empty() && !refusal.message.is_empty(),
                "{refusal}"
            );
            let lined = refusal.line.is_some() || WITHOUT_LINE.contains(&refusal.rule);
            assert!(lined, "{refusal}");
        }
        ReadError::TooManyRejected(report) => check_report(report, path),
        other => panic!("{other}"),
    }
}

fn read_mutants(sample: &Sample, compress: bool, random: &mut ChaCha8Rng, count: u64) {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join(sample.path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    for _ in 0..count {
        let mut text = sample.text().into_bytes();
        if compress {
            text = zstd::encode_all(text.as_slice(), 1).unwrap();
        }
        for _ in 0..random.random_range(1..4) {
            mutate(&mut text, random);
        }
        std::fs::write(&path, &text).unwrap();
        let folder = Folder::at(&path);
        match folder.read(&sample.options()) {
            Ok(outcome) => {
                check_report(&outcome.report, sample.path);
                assert!(
                    outcome
                        .series
                        .iter()
                        .map(domain::market::Bars::len)
                        .sum::<usize>()
                        > 0
                );
            }
            Err(error) => check_error(&error, sample.path),
        }
    }
}

#[test]
fn mutated_files_never_panic() {
    let seed: u64 = std::env::var("CHANDLERY_TEST_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| rand::rng().next_u64());
    println!("CHANDLERY_TEST_SEED={seed}");
    let samples = samples();
    std::thread::scope(|scope| {
        for (index, sample) in (0..).zip(&samples) {
            scope.spawn(move || {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                random.set_stream(index);
                read_mutants(sample, false, &mut random, count());
                read_mutants(sample, true, &mut random, count() / 10);
            });
        }
    });
}
