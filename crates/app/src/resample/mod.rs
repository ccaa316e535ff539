//! Reads a series as longer bars.

use domain::{
    error::{EntityRef, StoreError},
    market::{
        AsOf, Bars, BarsError, BarsQuery, ColumnSet, Order, ResampleError, ResampledBar, Resampler,
        SeriesKey, TimeRange, Timeframe, Timestamp,
    },
};
use futures::{Stream, TryStreamExt, stream};

use crate::stores::Stores;

const DAY: i64 = 86_400_000_000;

/// Why longer bars could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ResampledReadError {
    /// The two timeframes do not fit.
    #[error("{0}")]
    Frames(#[from] ResampleError),
    /// The store could not answer.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// Asks for longer bars of a series.
#[derive(Debug, Clone)]
pub struct ResampledQuery {
    /// Of which series.
    pub key: SeriesKey,
    /// In which state.
    pub as_of: AsOf,
    /// Of which timeframe.
    pub target: Timeframe,
    /// Bars that open in this range; each is built of all its parts, wherever they lie.
    pub range: TimeRange,
}

/// A batch of longer bars.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResampledBars {
    /// The bars, ascending.
    pub bars: Bars,
    /// Of each bar, whether the series reaches from its beginning to its end.
    pub complete: Vec<bool>,
}

/// Reads `query`; the stream ends behind the last bar that opens in the range.
///
/// # Errors
/// [`ResampledReadError::Frames`] when the target is not made of whole bars of the series;
/// [`ResampledReadError::Store`] when there is no such series or version. The stream fails as
/// [`domain::market::PriceStore::bars`] does.
pub async fn resampled(
    stores: &Stores,
    query: ResampledQuery,
) -> Result<impl Stream<Item = Result<ResampledBars, StoreError>> + Send + '_, ResampledReadError> {
    let ResampledQuery {
        key,
        as_of,
        target,
        range,
    } = query;
    let instrument = stores.instruments.instrument(&key.venue, &key.symbol).await?;
    let zone = instrument.map(|instrument| instrument.zone).unwrap_or_default();
    let covered = covered(stores, &key, as_of).await?;
    let ends = covered.unwrap_or((Timestamp::EPOCH, Timestamp::EPOCH));
    let resampler = Resampler::new(key.timeframe, target, &zone, ends)?;
    let source = BarsQuery {
        as_of,
        range: widened(&range, target),
        ..BarsQuery::all(key.clone())
    };
    let frames = stores.prices.bars(source);
    let state = Reader {
        key,
        resampler: Some(resampler),
        range,
    };
    Ok(stream::try_unfold(
        (frames, state),
        |(mut frames, mut reader)| async move {
            let mut found = Vec::new();
            while found.is_empty() && reader.resampler.is_some() {
                let bars = match frames.try_next().await? {
                    Some(frame) => Some(Bars::try_from(frame).map_err(|cause| reader.damaged(cause))?),
                    None => None,
                };
                reader.take(bars.as_ref(), &mut found);
            }
            if found.is_empty() {
                return Ok(None);
            }
            let batch = ResampledBars::of(&found).map_err(|cause| reader.damaged(cause))?;
            Ok(Some((batch, (frames, reader))))
        },
    ))
}

/// Returns the opening times of the first and the last bar of a state; `None` when it is empty.
async fn covered(
    stores: &Stores,
    key: &SeriesKey,
    as_of: AsOf,
) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
    if as_of == AsOf::Head {
        let head = stores.prices.head(key).await?;
        let head = head.ok_or_else(|| StoreError::NotFound(EntityRef::Series(key.clone())))?;
        return Ok(head.first.zip(head.last));
    }
    let mut ends = Vec::new();
    for order in [Order::Ascending, Order::Descending] {
        let columns = ColumnSet::TIME;
        let query = BarsQuery {
            as_of,
            columns,
            limit: Some(1),
            order,
            ..BarsQuery::all(key.clone())
        };
        let frames: Vec<_> = stores.prices.bars(query).try_collect().await?;
        ends.extend(
            frames
                .iter()
                .filter_map(|frame| frame.time.first().copied())
                .map(Timestamp::saturating),
        );
    }
    Ok(ends.first().copied().zip(ends.last().copied()))
}

/// Returns a range of source bars that holds every part of the longer bars that open in `range`.
pub(crate) fn widened(range: &TimeRange, target: Timeframe) -> TimeRange {
    // The date that stands for a day, and the moment at which the day begins in its zone, are less than a day
    // apart; months differ from their nominal length by less than four days however many there are.
    let margin = if target.is_intraday() { 0 } else { 5 * DAY };
    let moved = |time: Timestamp, by: i64| Timestamp::saturating(time.micros().saturating_add(by));
    TimeRange {
        start: range.start.map(|start| moved(start, -margin)),
        end: range.end.map(|end| moved(end, target.nominal_micros() + margin)),
    }
}

/// Takes source bars and keeps the longer bars that open in the range.
struct Reader {
    key: SeriesKey,
    /// `None` once the last bar of the range is out.
    resampler: Option<Resampler>,
    range: TimeRange,
}

impl Reader {
    fn take(&mut self, bars: Option<&Bars>, found: &mut Vec<ResampledBar>) {
        match (bars, self.resampler.as_mut()) {
            (Some(bars), Some(resampler)) => resampler.push(bars, found),
            _ => found.extend(self.resampler.take().and_then(Resampler::finish)),
        }
        if found
            .last()
            .is_some_and(|last| last.bar.time > self.range.last_micros())
        {
            self.resampler = None;
        }
        found.retain(|bar| self.range.contains(bar.bar.time));
    }

    fn damaged(&self, cause: BarsError) -> StoreError {
        StoreError::corrupt(format!("series {}", self.key), cause)
    }
}

impl ResampledBars {
    fn of(found: &[ResampledBar]) -> Result<Self, BarsError> {
        let rows: Vec<_> = found.iter().map(|bar| bar.bar).collect();
        let complete = found.iter().map(|bar| bar.complete).collect();
        Ok(Self {
            bars: Bars::from_rows(&rows)?,
            complete,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, key, rising, time};

    const HOUR: i64 = 3_600_000_000;

    async fn days(range: TimeRange, zone: &str) -> Vec<(String, f64, bool)> {
        let fixture = Fixture::new();
        let key = key("X:A/1h");
        fixture
            .write(&key, rising("2024-01-01T00:00:00Z", HOUR, 24 * 4))
            .await;
        let instrument = fixture
            .stores
            .instruments
            .instrument(&key.venue, &key.symbol)
            .await
            .unwrap()
            .unwrap();
        let zoned = domain::market::Instrument {
            zone: zone.parse().unwrap(),
            ..instrument
        };
        fixture.stores.instruments.put_instrument(&zoned).await.unwrap();
        let query = ResampledQuery {
            key,
            as_of: AsOf::Head,
            target: Timeframe::DAY,
            range,
        };
        let batches: Vec<_> = resampled(&fixture.stores, query)
            .await
            .unwrap()
            .try_collect()
            .await
            .unwrap();
        let row = |batch: ResampledBars| {
            let rows = batch.bars.rows().zip(batch.complete).collect::<Vec<_>>();
            rows.into_iter().map(|(bar, complete)| {
                (
                    Timestamp::saturating(bar.time).to_string()[..10].to_owned(),
                    bar.volume,
                    complete,
                )
            })
        };
        batches.into_iter().flat_map(row).collect()
    }

    #[tokio::test]
    async fn a_range_selects_whole_bars_by_their_open() {
        let from_noon = TimeRange::new(
            Some(time("2024-01-01T12:00:00Z")),
            Some(time("2024-01-03T12:00:00Z")),
        );
        let found = days(from_noon, "UTC").await;
        assert_eq!(
            found,
            [
                ("2024-01-02".to_owned(), 24.0, true),
                ("2024-01-03".to_owned(), 24.0, true)
            ]
        );
    }

    #[tokio::test]
    async fn days_of_another_zone_are_whole_at_the_edges_of_a_range() {
        let one_day = TimeRange::new(Some(time("2024-01-02")), Some(time("2024-01-03")));
        for zone in ["America/New_York", "Pacific/Auckland"] {
            assert_eq!(
                days(one_day, zone).await,
                [("2024-01-02".to_owned(), 24.0, true)],
                "{zone}"
            );
        }
    }

    #[tokio::test]
    async fn bars_that_the_series_does_not_fill_are_not_complete() {
        let found = days(TimeRange::ALL, "America/New_York").await;
        let complete: Vec<bool> = found.iter().map(|(.., complete)| *complete).collect();
        assert_eq!(complete, [false, true, true, true, false]);
    }
}
