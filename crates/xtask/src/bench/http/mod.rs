//! The HTTP API, served by this process: whole series into pyarrow, small pages under load, a large catalogue.

mod load;
mod servers;

use std::{path::Path, time::Duration};

use anyhow::{Result, ensure};
use domain::market::{Bar, Bars, PriceStore, PriceWrite};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::runtime::Runtime;

use self::{
    load::{Load, Target},
    servers::{Api, Bare},
};
use crate::{
    measure::{Aim, Comparison, Contender, Measurement},
    python::{ARROW_FROM_URL, Python, ROWS_FROM_URL},
    reads::all_bars,
    stores::{Kept, author},
};

/// What 500 bars are asked for with.
const PAGE: &str = "/api/v1/series/SYNTHETIC/BENCH/1m/bars?limit=500&order=desc";
/// How many series the large catalogue has.
const SERIES: u32 = 10_000;

/// Measures everything about HTTP.
pub(crate) fn measure(
    runtime: &Runtime,
    store: &Kept,
    bars: &Bars,
    python: Option<&Path>,
    rounds: u32,
) -> Result<Vec<Measurement>> {
    let api = Api::start(store.ports())?;
    let mut measured = Vec::new();
    if let Some(python) = python {
        let url = format!("http://{}/api/v1/series/SYNTHETIC/BENCH/1m/bars", api.address);
        let arrow = || Python::start(python, ARROW_FROM_URL, format!("{url}?format=arrow"));
        let baseline = all_bars(runtime, &*store.store, bars.len());
        measured.push(
            whole(
                "all bars over HTTP",
                arrow()?,
                bars,
                Some(baseline),
                Aim::AtMost(2.0),
            )
            .measure(rounds)?,
        );
        let mut rows = Python::start(python, ROWS_FROM_URL, format!("{url}?format=rows&limit=100000"))?;
        let count = bars.len();
        let rows = Contender::new("JSON rows into Python, page by page", move || {
            ensure!(rows.read()? == count, "bars are missing");
            Ok(())
        });
        measured.push(
            whole(
                "all bars over HTTP, against JSON",
                arrow()?,
                bars,
                Some(rows),
                Aim::None,
            )
            .measure(rounds)?,
        );
    }
    measured.extend(pages(&api, rounds)?);
    measured.push(windows(&api, bars, rounds)?);
    measured.push(catalogue(runtime, rounds)?);
    Ok(measured)
}

fn whole<'a>(
    name: &'static str,
    mut arrow: Python,
    bars: &Bars,
    baseline: Option<Contender<'a>>,
    aim: Aim,
) -> Comparison<'a> {
    let count = bars.len();
    Comparison {
        name,
        bars: count as u32,
        subject: Contender::new("Arrow stream into pyarrow", move || {
            ensure!(arrow.read()? == count, "bars are missing");
            Ok(())
        }),
        baseline,
        aim,
    }
}

/// 500 bars as JSON under load, against a route that has the same bytes ready.
fn pages(api: &Api, rounds: u32) -> Result<Vec<Measurement>> {
    let ours = Target::new(api.address, PAGE);
    let bare = Bare::start(ours.body()?)?;
    let theirs = Target::new(bare.address, "/");
    let load = Load::usual();
    let all = |target: &Target| load.run(target).map(|answers| answers.took);
    let throughput = Comparison {
        name: "4,000 pages of 500 bars as JSON, 8 connections",
        bars: load.requests() * 500,
        subject: Contender::timed("the API", || all(&ours)),
        baseline: Some(Contender::timed("actix, the same bytes ready", || all(&theirs))),
        // 40 % of the throughput.
        aim: Aim::AtMost(2.5),
    };
    let mut measured = vec![throughput.measure(rounds)?];
    for (name, percent, aim) in [
        ("a page of 500 bars as JSON, p50", 50, Aim::None),
        ("a page of 500 bars as JSON, p99", 99, Aim::AtMost(3.0)),
    ] {
        let slow = |target: &Target| load.run(target).map(|answers| answers.percentile(percent));
        let latency = Comparison {
            name,
            bars: 500,
            subject: Contender::timed("the API", || slow(&ours)),
            baseline: Some(Contender::timed("actix, the same bytes ready", || slow(&theirs))),
            aim,
        };
        measured.push(latency.measure(rounds)?);
    }
    Ok(measured)
}

/// 500 bars as JSON, from another place each time, so that none was made before.
fn windows(api: &Api, bars: &Bars, rounds: u32) -> Result<Measurement> {
    let load = Load::usual();
    let ready = Bare::start(Target::new(api.address, PAGE).body()?)?;
    let theirs = Target::new(ready.address, "/");
    let step = (bars.len() / load.requests() as usize).max(1);
    let mut shift = 0;
    let comparison = Comparison {
        name: "4,000 pages of 500 bars, each from another place",
        bars: load.requests() * 500,
        subject: Contender::timed("the API", move || {
            // A second further each time: no window comes twice.
            shift += 1;
            let window = |place: usize| {
                let end = bars.time()[place] + shift * 1_000_000;
                format!("{PAGE}&end={end}")
            };
            let paths = (500..bars.len()).step_by(step).map(window);
            load.run(&Target::varied(api.address, paths))
                .map(|answers| answers.took)
        }),
        baseline: Some(Contender::timed("actix, the same bytes ready", move || {
            load.run(&theirs).map(|answers| answers.took)
        })),
        aim: Aim::None,
    };
    comparison.measure(rounds)
}

/// The first page of a catalogue of many series.
fn catalogue(runtime: &Runtime, rounds: u32) -> Result<Measurement> {
    let kept = Kept::empty()?;
    runtime.block_on(async {
        let bar = Bar {
            time: 0,
            open: 1.0,
            high: 1.0,
            low: 1.0,
            close: 1.0,
            volume: 1.0,
        };
        let write = async |number: u32| -> Result<()> {
            let key = format!("SYNTHETIC:S{number:05}/1d").parse()?;
            let bars = Bars::from_rows(&[bar])?;
            kept.store
                .commit(&key, PriceWrite::upsert(bars, author()?))
                .await?;
            Ok(())
        };
        stream::iter(0..SERIES)
            .map(write)
            .buffer_unordered(8)
            .try_collect::<Vec<()>>()
            .await
    })?;
    let api = Api::start(kept.ports())?;
    let first = Target::new(api.address, "/api/v1/series?limit=100");
    let comparison = Comparison {
        name: "first page of a catalogue of 10,000 series",
        bars: 100,
        subject: Contender::new("the API", || {
            ensure!(first.body()?.len() > 10_000, "series are missing");
            Ok(())
        }),
        baseline: None,
        aim: Aim::Within(Duration::from_millis(10)),
    };
    comparison.measure(rounds)
}
