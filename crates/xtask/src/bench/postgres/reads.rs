//! Bars out of PostgreSQL.

use std::path::Path;

use anyhow::{Result, ensure};
use domain::market::{Bars, BarsQuery, Column, Order, PriceStore, TimeRange, Timestamp};
use futures::TryStreamExt;
use tokio::runtime::Runtime;

use super::{place::Place, rows};
use crate::{
    measure::{Aim, Comparison, Contender},
    python::{ARCTIC_TO_PANDAS, Python},
    stores::key,
};

/// How often a short read is repeated within one timed run.
const REPEATED: u32 = 20;

async fn read(place: &Place, query: BarsQuery) -> Result<(usize, f64)> {
    let mut frames = place.store.bars(query);
    let (mut bars, mut closes) = (0, 0.0);
    while let Some(frame) = frames.try_next().await? {
        bars += frame.len();
        closes += frame
            .column(Column::Close)
            .unwrap_or_default()
            .iter()
            .sum::<f64>();
    }
    Ok((bars, closes))
}

fn all<'a>(runtime: &'a Runtime, place: &'a Place, bars: usize) -> Contender<'a> {
    Contender::new("store, all bars into columns", move || {
        let (read, closes) = runtime.block_on(read(place, BarsQuery::all(key()?)))?;
        ensure!(read == bars && closes > 0.0, "bars are missing");
        Ok(())
    })
}

/// Times reading everything against rows.
pub(super) fn whole<'a>(runtime: &'a Runtime, place: &'a Place, bars: &'a Bars) -> Comparison<'a> {
    Comparison {
        name: "PostgreSQL: read all bars",
        bars: bars.len() as u32,
        subject: all(runtime, place, bars.len()),
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
        subject: all(runtime, place, bars.len()),
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
pub(super) fn last<'a>(runtime: &'a Runtime, place: &'a Place, bars: &'a Bars, count: u32) -> Comparison<'a> {
    debug_assert!(bars.len() >= count as usize);
    Comparison {
        name: "PostgreSQL: newest 500 bars, 20 times",
        bars: count * REPEATED,
        subject: Contender::new("store, limit and descending order", move || {
            for _ in 0..REPEATED {
                let query = BarsQuery {
                    limit: Some(u64::from(count)),
                    order: Order::Descending,
                    ..BarsQuery::all(key()?)
                };
                ensure!(
                    runtime.block_on(read(place, query))?.0 == count as usize,
                    "bars are missing"
                );
            }
            Ok(())
        }),
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
    let first = bars.len() / 2;
    let end = (first + count as usize).min(bars.len() - 1);
    let (from, to) = (bars.time()[first], bars.time()[end]);
    Comparison {
        name: "PostgreSQL: window of 10,000 bars, 20 times",
        bars: count * REPEATED,
        subject: Contender::new("store, start and end", move || {
            for _ in 0..REPEATED {
                let at = |time| Some(Timestamp::saturating(time));
                let query = BarsQuery {
                    range: TimeRange::new(at(from), at(to)),
                    ..BarsQuery::all(key()?)
                };
                ensure!(
                    runtime.block_on(read(place, query))?.0 == end - first,
                    "bars are missing"
                );
            }
            Ok(())
        }),
        baseline: Some(Contender::new("sqlx rows into columns", move || {
            for _ in 0..REPEATED {
                ensure!(
                    runtime.block_on(rows::read(place, from, to - 1))?.0 == end - first,
                    "rows are missing"
                );
            }
            Ok(())
        })),
        aim: Aim::None,
    }
}
