//! Bars as columns.

use std::sync::Arc;

use super::{Bar, BarsError, CANONICAL_NAN, SetDigest, TimeRange, Times, Timestamp};

/// Bars as a struct of columns of equal length, strictly ascending in time.
///
/// Every bar in it passes [`Bar::check`]; −0.0 is stored as 0.0 and an unknown volume as [`CANONICAL_NAN`], so that
/// equal bars have equal bits. Whether prices of zero and below are possible is the instrument's to say
/// ([`Bars::first_nonpositive`]).
#[derive(Debug, Clone, Default)]
pub struct Bars {
    time: Arc<Vec<i64>>,
    open: Vec<f64>,
    high: Vec<f64>,
    low: Vec<f64>,
    close: Vec<f64>,
    volume: Vec<f64>,
}

impl Bars {
    /// Checks and takes columns: `time` in µs since the epoch, UTC, bar open; the others in the currency and unit
    /// of the instrument.
    ///
    /// # Errors
    /// [`BarsError`] when lengths differ, times do not strictly ascend or lie outside what is kept, or a bar breaks
    /// a rule of [`Bar::check`].
    pub fn new(
        time: Vec<i64>,
        open: Vec<f64>,
        high: Vec<f64>,
        low: Vec<f64>,
        close: Vec<f64>,
        volume: Vec<f64>,
    ) -> Result<Self, BarsError> {
        let rows = time.len();
        let mut bars = Self {
            time: Arc::new(time),
            open,
            high,
            low,
            close,
            volume,
        };
        if bars.values().iter().any(|column| column.len() != rows) {
            return Err(BarsError {
                time: 0,
                rule: "columns differ in length",
            });
        }
        for column in [
            &mut bars.open,
            &mut bars.high,
            &mut bars.low,
            &mut bars.close,
            &mut bars.volume,
        ] {
            for value in column.iter_mut() {
                // Adding zero turns −0.0 into 0.0 and leaves every other number as it is.
                *value += 0.0;
            }
        }
        for value in &mut bars.volume {
            if value.is_nan() {
                *value = CANONICAL_NAN;
            }
        }
        let mut before = i64::MIN;
        for index in 0..rows {
            let time = bars.time[index];
            if time <= before {
                return Err(BarsError {
                    time,
                    rule: "times do not strictly ascend",
                });
            }
            before = time;
            bars.bar(index).check()?;
        }
        let outside = |time: &i64| Timestamp::from_micros(*time).is_err();
        match [bars.first_time(), bars.last_time()]
            .into_iter()
            .flatten()
            .find(outside)
        {
            Some(time) => Err(BarsError {
                time,
                rule: "the time lies outside the years -9999 to 9999",
            }),
            None => Ok(bars),
        }
    }

    /// Makes bars of single bars, in order.
    ///
    /// # Errors
    /// Those of [`Bars::new`].
    pub fn from_rows(rows: &[Bar]) -> Result<Self, BarsError> {
        let column = |pick: fn(&Bar) -> f64| rows.iter().map(pick).collect::<Vec<_>>();
        Self::new(
            rows.iter().map(|bar| bar.time).collect(),
            column(|bar| bar.open),
            column(|bar| bar.high),
            column(|bar| bar.low),
            column(|bar| bar.close),
            column(|bar| bar.volume),
        )
    }

    /// Makes empty columns with room for `rows` bars.
    pub fn with_capacity(rows: usize) -> Self {
        let column = || Vec::with_capacity(rows);
        Self {
            time: Arc::new(Vec::with_capacity(rows)),
            open: column(),
            high: column(),
            low: column(),
            close: column(),
            volume: column(),
        }
    }

    /// Returns how many bars there are.
    pub fn len(&self) -> usize {
        self.time.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }

    /// Returns the opening times, µs since the epoch, UTC, strictly ascending.
    pub fn time(&self) -> &[i64] {
        &self.time
    }

    /// Returns the opening prices.
    pub fn open(&self) -> &[f64] {
        &self.open
    }

    /// Returns the highest prices.
    pub fn high(&self) -> &[f64] {
        &self.high
    }

    /// Returns the lowest prices.
    pub fn low(&self) -> &[f64] {
        &self.low
    }

    /// Returns the closing prices.
    pub fn close(&self) -> &[f64] {
        &self.close
    }

    /// Returns the volumes; NaN where unknown.
    pub fn volume(&self) -> &[f64] {
        &self.volume
    }

    /// Shares the times of an index range.
    ///
    /// # Panics
    /// When the range reaches beyond [`Bars::len`].
    pub fn times(&self, range: std::ops::Range<usize>) -> Times {
        assert!(
            range.start <= range.end && range.end <= self.len(),
            "there are fewer bars"
        );
        Times::part(&self.time, Some(range))
    }

    /// Returns open, high, low, close and volume, in that order.
    pub fn values(&self) -> [&[f64]; 5] {
        [&self.open, &self.high, &self.low, &self.close, &self.volume]
    }

    /// Gives the columns away: time, then open, high, low, close and volume.
    pub fn into_columns(self) -> (Vec<i64>, [Vec<f64>; 5]) {
        (
            Arc::unwrap_or_clone(self.time),
            [self.open, self.high, self.low, self.close, self.volume],
        )
    }

    /// Returns the bar at `index`.
    ///
    /// # Panics
    /// When `index` is not below [`Bars::len`].
    pub fn bar(&self, index: usize) -> Bar {
        Bar {
            time: self.time[index],
            open: self.open[index],
            high: self.high[index],
            low: self.low[index],
            close: self.close[index],
            volume: self.volume[index],
        }
    }

    /// Walks over the bars, one by one.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Bar> + DoubleEndedIterator + '_ {
        (0..self.len()).map(|index| self.bar(index))
    }

    /// Returns the time of the first bar, µs since the epoch.
    pub fn first_time(&self) -> Option<i64> {
        self.time.first().copied()
    }

    /// Returns the time of the last bar, µs since the epoch.
    pub fn last_time(&self) -> Option<i64> {
        self.time.last().copied()
    }

    /// Returns the digest of the set.
    pub fn digest(&self) -> SetDigest {
        SetDigest::of(self)
    }

    /// Returns the first bar with a price of zero or below, if there is one.
    pub fn first_nonpositive(&self) -> Option<Bar> {
        // With consistent bars the low is the least of the four prices.
        self.low
            .iter()
            .position(|low| *low <= 0.0)
            .map(|index| self.bar(index))
    }

    /// Copies the bars of an index range.
    ///
    /// # Panics
    /// When the range reaches beyond [`Bars::len`].
    #[must_use]
    pub fn slice(&self, range: std::ops::Range<usize>) -> Self {
        Self {
            time: Arc::new(self.time[range.clone()].to_vec()),
            open: self.open[range.clone()].to_vec(),
            high: self.high[range.clone()].to_vec(),
            low: self.low[range.clone()].to_vec(),
            close: self.close[range.clone()].to_vec(),
            volume: self.volume[range].to_vec(),
        }
    }

    /// Copies the bars whose time lies in `range`.
    #[must_use]
    pub fn within(&self, range: &TimeRange) -> Self {
        self.slice(self.index_range(range))
    }

    /// Returns the indices of the bars whose time lies in `range`.
    pub fn index_range(&self, range: &TimeRange) -> std::ops::Range<usize> {
        let from = self.time.partition_point(|time| *time < range.first_micros());
        let to = self.time.partition_point(|time| *time <= range.last_micros());
        from..to.max(from)
    }

    /// Appends `later` bars.
    ///
    /// # Errors
    /// [`BarsError`] when `later` does not begin behind the last bar; then nothing is appended.
    pub fn append(&mut self, later: &Self) -> Result<(), BarsError> {
        if let (Some(last), Some(first)) = (self.last_time(), later.first_time())
            && first <= last
        {
            return Err(BarsError {
                time: first,
                rule: "times do not strictly ascend",
            });
        }
        self.extend_from(later, 0..later.len());
        Ok(())
    }

    /// Appends a part of `later`, which the caller knows to follow.
    pub(super) fn extend_from(&mut self, later: &Self, range: std::ops::Range<usize>) {
        debug_assert!(range.is_empty() || self.last_time().is_none_or(|last| last < later.time[range.start]));
        Arc::make_mut(&mut self.time).extend_from_slice(&later.time[range.clone()]);
        self.open.extend_from_slice(&later.open[range.clone()]);
        self.high.extend_from_slice(&later.high[range.clone()]);
        self.low.extend_from_slice(&later.low[range.clone()]);
        self.close.extend_from_slice(&later.close[range.clone()]);
        self.volume.extend_from_slice(&later.volume[range]);
    }

    /// Puts pieces together that follow each other in time.
    ///
    /// # Errors
    /// [`BarsError`] when two pieces overlap or are out of order.
    pub fn concat<'a>(pieces: impl IntoIterator<Item = &'a Self>) -> Result<Self, BarsError> {
        let pieces: Vec<&Self> = pieces.into_iter().collect();
        let mut whole = Self::with_capacity(pieces.iter().map(|piece| piece.len()).sum());
        for piece in pieces {
            whole.append(piece)?;
        }
        Ok(whole)
    }
}

/// Equality of bits, as in digests: an unknown volume equals an unknown volume.
impl PartialEq for Bars {
    fn eq(&self, other: &Self) -> bool {
        let same_bits = |(a, b): (&[f64], &[f64])| a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits());
        self.time == other.time && self.values().into_iter().zip(other.values()).all(same_bits)
    }
}

#[cfg(test)]
mod tests;
