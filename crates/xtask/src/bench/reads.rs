//! Reading from the store, against reading one equal Parquet file.

use std::path::Path;

use anyhow::{Result, ensure};
use domain::market::{Bars, BarsQuery, Column, Order, PriceStore, TimeRange, Timestamp};
use futures::TryStreamExt;
use tokio::runtime::Runtime;

use crate::{
    equal_file,
    measure::{Aim, Comparison, Contender},
    python::Python,
    stores::{Kept, key},
};

/// How often a short read is repeated within one timed run.
pub(crate) const REPEATED: u32 = 20;

/// Reads what a query asks for, batch by batch, and returns the count and the sum of the closes.
async fn read(prices: &dyn PriceStore, query: BarsQuery) -> Result<(usize, f64)> {
    let mut frames = prices.bars(query);
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

/// Reads all bars of the usual series.
pub(crate) fn all_bars<'a>(runtime: &'a Runtime, prices: &'a dyn PriceStore, bars: usize) -> Contender<'a> {
    Contender::new("store, all bars into columns", move || {
        let (read, closes) = runtime.block_on(read(prices, BarsQuery::all(key()?)))?;
        ensure!(read == bars && closes > 0.0, "bars are missing");
        Ok(())
    })
}

/// Reads the newest `count` bars of the usual series, twenty times.
pub(crate) fn newest_bars<'a>(runtime: &'a Runtime, prices: &'a dyn PriceStore, count: u32) -> Contender<'a> {
    Contender::new("store, limit and descending order", move || {
        for _ in 0..REPEATED {
            let query = BarsQuery {
                limit: Some(u64::from(count)),
                order: Order::Descending,
                ..BarsQuery::all(key()?)
            };
            let read = runtime.block_on(read(prices, query))?;
            ensure!(read.0 == count as usize, "bars are missing");
        }
        Ok(())
    })
}

/// Reads the bars of a range of the usual series, of which there are `count`, twenty times.
pub(crate) fn bars_within<'a>(
    runtime: &'a Runtime,
    prices: &'a dyn PriceStore,
    range: TimeRange,
    count: usize,
) -> Contender<'a> {
    Contender::new("store, start and end", move || {
        for _ in 0..REPEATED {
            let query = BarsQuery {
                range,
                ..BarsQuery::all(key()?)
            };
            ensure!(
                runtime.block_on(read(prices, query))?.0 == count,
                "bars are missing"
            );
        }
        Ok(())
    })
}

/// Returns the range of `count` bars from the middle, and the indices of the first and of the one behind the last.
pub(crate) fn middle_of(bars: &Bars, count: u32) -> (TimeRange, usize, usize) {
    let first = bars.len() / 2;
    let end = (first + count as usize).min(bars.len() - 1);
    let at = |index: usize| Some(Timestamp::saturating(bars.time()[index]));
    (TimeRange::new(at(first), at(end)), first, end)
}

/// Times reading everything against the `parquet` crate.
pub(crate) fn whole<'a>(
    runtime: &'a Runtime,
    store: &'a Kept,
    equal: &'a Path,
    bars: &'a Bars,
) -> Comparison<'a> {
    Comparison {
        name: "read all bars",
        bars: bars.len() as u32,
        subject: all_bars(runtime, &*store.store, bars.len()),
        baseline: Some(Contender::new("parquet crate, one equal file", || {
            ensure!(equal_file::read(equal, 0, bars.len())? > 0.0, "bars are missing");
            Ok(())
        })),
        aim: Aim::AtMost(1.5),
    }
}

/// Times reading everything against pyarrow and pandas.
pub(crate) fn against_pandas<'a>(
    runtime: &'a Runtime,
    store: &'a Kept,
    mut pandas: Python,
    bars: &'a Bars,
) -> Comparison<'a> {
    Comparison {
        name: "read all bars, against pandas",
        bars: bars.len() as u32,
        subject: all_bars(runtime, &*store.store, bars.len()),
        baseline: Some(Contender::new("pyarrow to pandas, one equal file", move || {
            ensure!(pandas.read()? == bars.len(), "bars are missing");
            Ok(())
        })),
        aim: Aim::None,
    }
}

/// Times reading the newest `count` bars, twenty times.
pub(crate) fn last<'a>(runtime: &'a Runtime, store: &'a Kept, equal: &'a Path, count: u32) -> Comparison<'a> {
    Comparison {
        name: "newest 500 bars, 20 times",
        bars: count * REPEATED,
        subject: newest_bars(runtime, &*store.store, count),
        baseline: Some(Contender::new(
            "parquet crate, last row group of one equal file",
            move || {
                let rows = rows_of(equal)?;
                for _ in 0..REPEATED {
                    ensure!(
                        equal_file::read(equal, rows - count as usize, rows)? > 0.0,
                        "bars are missing"
                    );
                }
                Ok(())
            },
        )),
        aim: Aim::None,
    }
}

/// Times reading `count` bars from the middle, twenty times.
pub(crate) fn window<'a>(
    runtime: &'a Runtime,
    store: &'a Kept,
    equal: &'a Path,
    bars: &'a Bars,
    count: u32,
) -> Comparison<'a> {
    let (range, first, end) = middle_of(bars, count);
    Comparison {
        name: "window of 10,000 bars, 20 times",
        bars: count * REPEATED,
        subject: bars_within(runtime, &*store.store, range, end - first),
        baseline: Some(Contender::new(
            "parquet crate, row groups of one equal file",
            move || {
                for _ in 0..REPEATED {
                    ensure!(equal_file::read(equal, first, end)? > 0.0, "bars are missing");
                }
                Ok(())
            },
        )),
        aim: Aim::None,
    }
}

fn rows_of(path: &Path) -> Result<usize> {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let reader = SerializedFileReader::new(std::fs::File::open(path)?)?;
    Ok(reader.metadata().file_metadata().num_rows() as usize)
}
