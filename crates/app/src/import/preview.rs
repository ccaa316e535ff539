//! What an import would change, without changing it.

use std::pin::pin;

use domain::{
    error::StoreError,
    market::{Bar, Bars, BarsQuery, PriceStore, SeriesKey, TimeRange, Timestamp, Version},
};
use futures::{Stream, TryStreamExt};
use serde::Serialize;

use super::{error::ImportError, target::Target};
use crate::progress::{Cancelled, Progress, Stage};

/// How many differences are listed for each series.
pub const LISTED_DIFFERENCES: usize = 20;

/// The values of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BarValues {
    /// The first price.
    pub open: f64,
    /// The highest price.
    pub high: f64,
    /// The lowest price.
    pub low: f64,
    /// The last price.
    pub close: f64,
    /// What was traded, where it is known.
    pub volume: Option<f64>,
}

impl From<Bar> for BarValues {
    fn from(bar: Bar) -> Self {
        let Bar {
            open,
            high,
            low,
            close,
            volume,
            ..
        } = bar;
        Self {
            open,
            high,
            low,
            close,
            volume: (!volume.is_nan()).then_some(volume),
        }
    }
}

/// A bar that is stored with other values.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// When the bar opens.
    pub time: Timestamp,
    /// The stored values.
    pub before: BarValues,
    /// The values in the files.
    pub after: BarValues,
}

impl Difference {
    /// Compares two bars of one time.
    pub fn between(before: Bar, after: Bar) -> Self {
        Self {
            time: Timestamp::saturating(after.time),
            before: before.into(),
            after: after.into(),
        }
    }
}

/// What an import would do to a series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeriesPreview {
    /// The series.
    pub key: SeriesKey,
    /// The newest version; 0 for a series that is not there yet.
    pub version: Version,
    /// How many bars were read for it.
    pub bars: u64,
    /// How many would be new.
    pub inserted: u64,
    /// How many would get other values.
    pub changed: u64,
    /// How many are there already, bit for bit.
    pub unchanged: u64,
    /// The first bars that would get other values.
    pub differences: Vec<Difference>,
}

impl SeriesPreview {
    fn compare(&mut self, stored: Option<Bar>, read: Bar) {
        self.bars += 1;
        match stored {
            None => self.inserted += 1,
            Some(stored) if stored == read => self.unchanged += 1,
            Some(stored) => {
                self.changed += 1;
                if self.differences.len() < LISTED_DIFFERENCES {
                    self.differences.push(Difference::between(stored, read));
                }
            }
        }
    }
}

/// Compares ascending bars with the newest version of the target.
pub(super) async fn preview(
    prices: &dyn PriceStore,
    target: &Target,
    bars: impl Stream<Item = Result<Bars, StoreError>> + Send,
    total: u64,
    progress: &dyn Progress,
) -> Result<SeriesPreview, ImportError> {
    let mut bars = pin!(bars);
    let mut preview = SeriesPreview {
        key: target.key.clone(),
        version: target.version(),
        bars: 0,
        inserted: 0,
        changed: 0,
        unchanged: 0,
        differences: Vec::new(),
    };
    progress.begin(&Stage::Comparing(target.key.to_string()), Some(total));
    let mut stored = None;
    while let Some(batch) = bars.try_next().await.map_err(read_failure)? {
        let cursor = match (&mut stored, batch.first_time()) {
            (Some(cursor), _) => cursor,
            (None, Some(first)) => stored.insert(StoredBars::from(prices, target, first)),
            (None, None) => continue,
        };
        for bar in batch.rows() {
            let stored = cursor.at(bar.time).await?;
            preview.compare(stored, bar);
        }
        progress.advance(batch.len() as u64, batch.len() as u64);
    }
    Ok(preview)
}

/// Tells a reading that was told to stop from one that failed.
fn read_failure(error: StoreError) -> ImportError {
    if Cancelled::caused(&error) {
        Cancelled.into()
    } else {
        error.into()
    }
}

/// Walks over the stored bars alongside those that were read.
struct StoredBars<'a> {
    key: &'a SeriesKey,
    frames: Option<domain::market::FrameStream<'a>>,
    batch: Bars,
    index: usize,
}

impl<'a> StoredBars<'a> {
    /// Begins at `first`, µs since the epoch.
    fn from(prices: &'a dyn PriceStore, target: &'a Target, first: i64) -> Self {
        let range = TimeRange::new(Some(Timestamp::saturating(first)), None);
        let query = BarsQuery {
            range,
            ..BarsQuery::all(target.key.clone())
        };
        let frames = target.head.is_some().then(|| prices.bars(query));
        Self {
            key: &target.key,
            frames,
            batch: Bars::default(),
            index: 0,
        }
    }

    /// Returns the stored bar at `time`, which must not lie before the time asked for last.
    async fn at(&mut self, time: i64) -> Result<Option<Bar>, StoreError> {
        loop {
            while let Some(stored) = self.batch.time().get(self.index) {
                if *stored >= time {
                    return Ok((*stored == time).then(|| self.batch.bar(self.index)));
                }
                self.index += 1;
            }
            let Some(frames) = &mut self.frames else {
                return Ok(None);
            };
            let Some(frame) = frames.try_next().await? else {
                self.frames = None;
                continue;
            };
            let damaged = |cause| StoreError::corrupt(format!("series {}", self.key), cause);
            (self.batch, self.index) = (Bars::try_from(frame).map_err(damaged)?, 0);
        }
    }
}
