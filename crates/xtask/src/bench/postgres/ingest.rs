//! Bars into PostgreSQL: from memory, from CSV, and one by one.

use std::{cell::Cell, path::Path, process::Command, time::Instant};

use anyhow::{Context, Result, ensure};
use domain::market::{Bar, Bars, PriceStore, PriceWrite, SeriesKey, Written};
use tokio::runtime::Runtime;

use super::{place::Place, rows};
use crate::{
    imports::import_into,
    measure::{Aim, Comparison, Contender},
    stores::author,
};

/// How many commits one timed run makes.
const COMMITS: i64 = 20;

fn scratch() -> Result<SeriesKey> {
    Ok("SYNTHETIC:INGEST/1m".parse()?)
}

/// Times storing bars from memory against binary COPY into a row a bar.
pub(super) fn from_memory<'a>(runtime: &'a Runtime, place: &'a Place, bars: &'a Bars) -> Comparison<'a> {
    Comparison {
        name: "PostgreSQL: store bars from memory",
        bars: bars.len() as u32,
        subject: Contender::timed("store, one commit", move || {
            runtime.block_on(place.forget(&scratch()?))?;
            let write = PriceWrite::upsert(bars.clone(), author()?);
            let begin = Instant::now();
            let written = runtime.block_on(place.store.commit(&scratch()?, write))?;
            let took = begin.elapsed();
            ensure!(matches!(written, Written::Committed(_)), "nothing was committed");
            Ok(took)
        }),
        baseline: Some(Contender::timed("binary COPY, a row a bar", move || {
            runtime.block_on(rows::empty(place))?;
            let begin = Instant::now();
            runtime.block_on(rows::copy_in(place, bars))?;
            Ok(begin.elapsed())
        })),
        aim: Aim::AtMost(1.0 / 5.0),
    }
}

/// Times importing a CSV file against `psql \copy` into a row a bar.
pub(super) fn from_csv<'a>(
    runtime: &'a Runtime,
    place: &'a Place,
    bars: &'a Bars,
    csv: &'a Path,
) -> Comparison<'a> {
    Comparison {
        name: "PostgreSQL: import CSV",
        bars: bars.len() as u32,
        subject: Contender::timed("import, checked and hashed", move || {
            runtime.block_on(place.forget(&scratch()?))?;
            let begin = Instant::now();
            ensure!(
                runtime.block_on(import_into(place.ports(), scratch()?, csv))? == bars.len() as u64,
                "bars are missing"
            );
            Ok(begin.elapsed())
        }),
        baseline: Some(Contender::timed("psql \\copy, a row a bar", move || {
            runtime.block_on(rows::empty(place))?;
            let begin = Instant::now();
            psql_copy(place, csv)?;
            Ok(begin.elapsed())
        })),
        aim: Aim::AtMost(1.0 / 6.0),
    }
}

fn psql_copy(place: &Place, csv: &Path) -> Result<()> {
    let copy = format!(
        "\\copy bar_row (ts, open, high, low, close, volume) from '{}' with (format csv, header)",
        csv.display()
    );
    let copied = Command::new("psql")
        .args([
            "--no-psqlrc",
            "--quiet",
            "--set",
            "ON_ERROR_STOP=1",
            "--command",
            &copy,
        ])
        .arg(place.database.url("postgres"))
        .status()
        .context("psql can't be run; on Debian: apt-get install postgresql-client")?;
    ensure!(copied.success(), "psql failed");
    Ok(())
}

/// Times appends of one bar, a commit each, behind a long series, against inserts of a row each.
pub(super) fn one_bar<'a>(runtime: &'a Runtime, place: &'a Place, bars: &'a Bars) -> Result<Comparison<'a>> {
    let key: SeriesKey = "SYNTHETIC:BENCH/1m".parse()?;
    let last = bars.last_time().context("there are bars")?;
    let (of_store, of_rows) = (Cell::new(0_i64), Cell::new(0_i64));
    let next = move |made: &Cell<i64>| {
        made.set(made.get() + 1);
        last + made.get() * 60_000_000
    };
    Ok(Comparison {
        name: "PostgreSQL: 20 commits of one bar behind a long series",
        bars: COMMITS as u32,
        subject: Contender::new("store", move || {
            for _ in 0..COMMITS {
                let time = next(&of_store);
                let bar = Bar {
                    time,
                    open: 100.0,
                    high: 100.0,
                    low: 100.0,
                    close: 100.0,
                    volume: 1.0,
                };
                let write = PriceWrite::upsert(Bars::from_rows(&[bar])?, author()?);
                let written = runtime.block_on(place.store.commit(&key, write))?;
                ensure!(matches!(written, Written::Committed(_)), "nothing was committed");
            }
            Ok(())
        }),
        baseline: Some(Contender::new("insert, a row a bar", move || {
            for _ in 0..COMMITS {
                let sql = "insert into bar_row (ts, open, high, low, close, volume)
                           values (timestamptz 'epoch' + $1 * interval '1 microsecond', 100, 100, 100, 100, 1)";
                let insert = sqlx::query(sql).bind(next(&of_rows));
                ensure!(
                    runtime.block_on(insert.execute(&place.pool))?.rows_affected() == 1,
                    "no row was inserted"
                );
            }
            Ok(())
        })),
        aim: Aim::None,
    })
}
