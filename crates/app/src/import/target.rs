//! The series that an import writes to, and how its bars get there.

use std::sync::Arc;

use domain::{
    error::StoreError,
    market::{
        AssetClass, Bars, ImportedSeries, Instrument, PriceWrite, SeriesHead, SeriesKey, Symbol, Timestamp,
        Version, WriteKind, WriteMeta, Written,
    },
};
use futures::{Stream, StreamExt, stream};
use interchange::{InstrumentHints, ReadError, Reading, SeriesRules};
use tokio::sync::mpsc;

use crate::{
    progress::{Cancelled, Progress, Stage},
    stores::Stores,
};

/// How many batches wait between the reader and the store.
const BATCHES_AHEAD: usize = 2;

/// A series that an import writes to, as it is before.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) key: SeriesKey,
    pub(super) head: Option<SeriesHead>,
    pub(super) instrument: Instrument,
    /// Whether the instrument is to be stored with the first bars.
    pub(super) is_new_instrument: bool,
}

impl Target {
    pub(super) async fn find(
        stores: &Stores,
        key: SeriesKey,
        hints: &InstrumentHints,
    ) -> Result<Self, StoreError> {
        let head = stores.prices.head(&key).await?;
        let known = stores.instruments.instrument(&key.venue, &key.symbol).await?;
        let is_new_instrument = known.is_none();
        let instrument = known.unwrap_or_else(|| hinted(&key, hints));
        Ok(Self {
            key,
            head,
            instrument,
            is_new_instrument,
        })
    }

    pub(super) fn version(&self) -> Version {
        self.head.as_ref().map_or(Version::EMPTY, |head| head.version)
    }

    pub(super) fn rules(&self) -> SeriesRules {
        SeriesRules {
            allows_nonpositive: self.instrument.allows_nonpositive,
            stored_time: self
                .head
                .as_ref()
                .and_then(|head| head.first)
                .map(Timestamp::micros),
            zone: self.instrument.zone.clone(),
        }
    }

    /// Writes `bars` as one commit and tells what became of the series; `only_as_found` refuses a series that has
    /// moved since it was found.
    pub(super) async fn commit(
        &self,
        stores: &Stores,
        bars: impl Stream<Item = Result<Bars, StoreError>> + Send,
        counts: (u64, u64),
        only_as_found: bool,
        meta: WriteMeta,
        progress: &dyn Progress,
    ) -> Result<ImportedSeries, StoreError> {
        let (bars_read, duplicates) = counts;
        progress.begin(&Stage::Writing(self.key.to_string()), Some(bars_read));
        if self.is_new_instrument {
            stores.instruments.put_instrument(&self.instrument).await?;
        }
        let bars = bars.inspect(|batch| {
            if let Ok(batch) = batch {
                progress.advance(batch.len() as u64, batch.len() as u64);
            }
        });
        let mut write = PriceWrite::new(WriteKind::Upsert, bars.boxed(), meta);
        write.expected = only_as_found.then(|| self.version());
        let mut series = ImportedSeries {
            key: self.key.clone(),
            before: self.version(),
            version: None,
            bars: bars_read,
            inserted: 0,
            changed: 0,
            unchanged: bars_read,
            duplicates,
        };
        if let Written::Committed(commit) | Written::Repeated(commit) =
            stores.prices.commit(&self.key, write).await?
        {
            series.before = Version(commit.version.0.saturating_sub(1));
            series.version = Some(commit.version);
            (series.inserted, series.changed) = (commit.inserted, commit.changed);
            series.unchanged = bars_read.saturating_sub(commit.inserted + commit.changed);
        }
        Ok(series)
    }
}

fn hinted(key: &SeriesKey, hints: &InstrumentHints) -> Instrument {
    let mut instrument = Instrument::new(key.venue.clone(), Symbol::clone(&key.symbol));
    let asset_class: AssetClass = hints.asset_class.unwrap_or_default();
    instrument.asset_class = asset_class;
    instrument.sessions_per_year = asset_class.usual_sessions_per_year();
    instrument.currency.clone_from(&hints.currency);
    instrument.zone = hints.zone.clone().unwrap_or_default();
    instrument
}

/// Streams the bars of one series of `reading`, which are read on a thread of their own, a few batches ahead.
pub(super) fn bars_of(
    reading: &Reading,
    series: usize,
    progress: Arc<dyn Progress>,
) -> impl Stream<Item = Result<Bars, StoreError>> + Send + use<> {
    let (sender, receiver) = mpsc::channel(BATCHES_AHEAD);
    let batches = reading.bars(series);
    tokio::task::spawn_blocking(move || {
        for batch in batches {
            let batch = batch.map(Some).map_err(input_error);
            let last = batch.is_err();
            // The receiver is gone when the write has failed; then nobody wants the rest.
            if sender.blocking_send(batch).is_err() || last {
                return;
            }
        }
        // Says that nothing is missing; a write that has begun has no other way to know.
        drop(sender.blocking_send(Ok(None)));
    });
    stream::try_unfold((receiver, progress), |(mut receiver, progress)| async move {
        let batch = receiver.recv().await;
        Cancelled::check(&*progress).map_err(|cancelled| StoreError::Input(Box::new(cancelled)))?;
        match batch {
            Some(Ok(Some(batch))) => Ok(Some((batch, (receiver, progress)))),
            Some(Ok(None)) => Ok(None),
            Some(Err(error)) => Err(error),
            None => Err(StoreError::Input("the reading thread died".into())),
        }
    })
}

fn input_error(error: ReadError) -> StoreError {
    match error {
        ReadError::Cancelled => StoreError::Input(Box::new(Cancelled)),
        error => StoreError::Input(Box::new(error)),
    }
}
