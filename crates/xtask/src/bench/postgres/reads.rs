//! Bars out of PostgreSQL.

use std::path::Path;

use anyhow::{Result, ensure};
use domain::market::Bars;
use tokio::runtime::Runtime;

use super::{place::Place, rows};
use crate::{
    measure::{Aim, Comparison, Contender},
    python::{ARCTIC_TO_PANDAS, Python},
    reads::{REPEATED, all_bars, bars_within, middle_of, newest_bars},
};

/// Times reading everything against rows.
pub(super) fn whole<'a>(runtime: &'a Runtime, place: &'a Place, bars: &'a Bars) -> Comparison<'a> {
    Comparison {
        name: "PostgreSQL: read all bars",
        bars: bars.len() as u32,
        subject: all_bars(runtime, &*place.store, bars.len()),
        baseline: Some(Contender::new("sqlx rows into columns", move || {
            let read = runtime.block_on(rows::read(place, 0, i64::MAX / 4))?;
            ensure!(read.0 == bars.len(), "rows are missing");
            Ok(())
        })),
        aim: Aim::AtMost(1.0 / 20.0),
    }
}

/// Times reading everything against `ArcticDB`, which reads the same bars in its own process.
pub(super) fn against_arctic<'a>(
    runtime: &'a Runtime,
    place: &'a Place,
    bars: &'a Bars,
    python: &Path,
    csv: &Path,
    scratch: &Path,
) -> Result<Comparison<'a>> {
    let folder = scratch.join("arctic");
    let argument = format!("{}|{}", csv.display(), folder.display());
    let mut arctic = Python::start(python, ARCTIC_TO_PANDAS, argument)?;
    Ok(Comparison {
        name: "PostgreSQL: read all bars, against ArcticDB",
        bars: bars.len() as u32,
        subject: all_bars(runtime, &*place.store, bars.len()),
        baseline: Some(Contender::new(
            "ArcticDB on LMDB, in process, to pandas",
            move || {
                ensure!(arctic.read()? == bars.len(), "bars are missing");
                Ok(())
            },
        )),
        aim: Aim::AtMost(1.5),
    })
}

/// Times reading the newest `count` bars, twenty times.
pub(super) fn last<'a>(runtime: &'a Runtime, place: &'a Place, count: u32) -> Comparison<'a> {
    Comparison {
        name: "PostgreSQL: newest 500 bars, 20 times",
        bars: count * REPEATED,
        subject: newest_bars(runtime, &*place.store, count),
        baseline: Some(Contender::new("sqlx rows into columns", move || {
            for _ in 0..REPEATED {
                ensure!(
                    runtime.block_on(rows::read_last(place, count))?.0 == count as usize,
                    "rows are missing"
                );
            }
            Ok(())
        })),
        aim: Aim::None,
    }
}

/// Times reading `count` bars from the middle, twenty times.
pub(super) fn window<'a>(
    runtime: &'a Runtime,
    place: &'a Place,
    bars: &'a Bars,
    count: u32,
) -> Comparison<'a> {
    let (range, first, end) = middle_of(bars, count);
    let (from, to) = (range.first_micros(), range.last_micros());
    Comparison {
        name: "PostgreSQL: window of 10,000 bars, 20 times",
        bars: count * REPEATED,
        subject: bars_within(runtime, &*place.store, range, end - first),
        baseline: Some(Contender::new("sqlx rows into columns", move || {
            for _ in 0..REPEATED {
                ensure!(
                    runtime.block_on(rows::read(place, from, to))?.0 == end - first,
                    "rows are missing"
                );
            }
            Ok(())
        })),
        aim: Aim::None,
    }
}
