//! PostgreSQL: the store's chunks against a table with a row a bar, on one server, and against `ArcticDB` in process.

mod catalogue;
mod ingest;
mod place;
mod reads;
mod rows;

use std::path::Path;

use anyhow::Result;
use domain::market::Bars;
use tokio::runtime::Runtime;

use self::place::Place;
use crate::measure::{Measurement, Size};

/// Measures everything about PostgreSQL. `csv` holds `bars`.
pub(crate) fn measure(
    runtime: &Runtime,
    bars: &Bars,
    csv: &Path,
    scratch: &Path,
    python: Option<&Path>,
    rounds: u32,
) -> Result<(Vec<Measurement>, Vec<Size>)> {
    let place = Place::start(runtime)?;
    runtime.block_on(rows::make_table(&place))?;
    let mut measured = vec![
        ingest::from_memory(runtime, &place, bars).measure(rounds)?,
        ingest::from_csv(runtime, &place, bars, csv).measure(rounds)?,
    ];
    runtime.block_on(place.forget(&"SYNTHETIC:INGEST/1m".parse()?))?;
    runtime.block_on(place.hold(bars))?;
    runtime.block_on(rows::empty(&place))?;
    runtime.block_on(rows::copy_in(&place, bars))?;
    let sizes = vec![runtime.block_on(place.sizes(bars.len()))?];
    measured.push(reads::whole(runtime, &place, bars).measure(rounds)?);
    if let Some(python) = python {
        measured.push(reads::against_arctic(runtime, &place, bars, python, csv, scratch)?.measure(rounds)?);
    }
    measured.push(reads::last(runtime, &place, 500).measure(rounds)?);
    measured.push(reads::window(runtime, &place, bars, 10_000).measure(rounds)?);
    measured.push(ingest::one_bar(runtime, &place, bars)?.measure(rounds)?);
    measured.push(catalogue::first_page(runtime, &place)?.measure(rounds)?);
    Ok((measured, sizes))
}
