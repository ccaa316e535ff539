//! Export: bars of one version, as they are or as longer ones, encoded as they stream.

use std::{io::Write, pin::pin};

use domain::{
    error::StoreError,
    market::{
        AsOf, BarFrame, BarsQuery, ColumnSet, Order, SeriesKey, SetDigest, TimeRange, Timeframe, Timestamp,
        Version,
    },
};
use futures::{Stream, TryStreamExt};
use interchange::{Format, Layout, WriteError, encoder};
use serde::Serialize;
use tokio::{sync::mpsc, task::JoinError};

use crate::{
    progress::{Cancelled, Progress, Stage},
    resample::{ResampledQuery, ResampledReadError, resampled},
    stores::Stores,
};

/// How many batches wait between the store and the encoder.
const BATCHES_AHEAD: usize = 1;

/// Why nothing, or not everything, was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The store could not answer.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The longer bars could not be read.
    #[error("{0}")]
    Resample(#[from] ResampledReadError),
    /// The bars could not be encoded or written.
    #[error("{0}")]
    Write(#[from] WriteError),
    /// It was told to stop.
    #[error("{0}")]
    Cancelled(#[from] Cancelled),
    /// The encoding task died.
    #[error("the encoding task died")]
    Task(#[from] JoinError),
}

/// Asks for bars to be exported.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// Of which series.
    pub key: SeriesKey,
    /// In which state.
    pub as_of: AsOf,
    /// Bars that open in this range.
    pub range: TimeRange,
    /// As bars of this longer timeframe, with a column `complete`; these are all bars of the range, oldest first.
    pub resample: Option<Timeframe>,
    /// At most how many bars, counted in the order of the read.
    pub limit: Option<u64>,
    /// Oldest or newest first.
    pub order: Order,
    /// Which columns.
    pub columns: ColumnSet,
    /// In which format.
    pub format: Format,
}

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// The series.
    pub key: SeriesKey,
    /// The version that was read; 0 when it was the empty state before the first commit.
    pub version: Version,
    /// The digest of the whole version, which the same read will always see.
    pub digest: SetDigest,
    /// The timeframe of the bars that were written.
    pub timeframe: Timeframe,
    /// How many bars were written.
    pub bars: u64,
    /// When the first of them opens.
    pub first: Option<Timestamp>,
    /// When the last of them opens.
    pub last: Option<Timestamp>,
    /// The name of the format.
    pub format: String,
}

/// Writes bars to `out` and gives it back, flushed. Encoding has a thread of its own, a few batches behind the store.
///
/// # Errors
/// [`ExportError::Store`] when there is no such series or version, or it is damaged; [`ExportError::Resample`] when
/// the timeframes do not fit; [`ExportError::Write`] when `out` fails; [`ExportError::Cancelled`]. After an error, what
/// `out` has got is no whole document.
pub async fn export<W: Write + Send + 'static>(
    stores: &Stores,
    request: ExportRequest,
    out: W,
    progress: &dyn Progress,
) -> Result<(Exported, W), ExportError> {
    let ExportRequest {
        key,
        as_of,
        range,
        resample,
        limit,
        order,
        columns,
        format,
    } = request;
    // The head may move while it is read; a version can't.
    let commit = stores.prices.commit_at(&key, as_of).await?;
    let version = commit.as_ref().map_or(Version::EMPTY, |commit| commit.version);
    let as_of = AsOf::Version(version);
    progress.begin(&Stage::Exporting, None);
    let mut exported = Exported {
        version,
        digest: commit.map_or(SetDigest::EMPTY, |commit| commit.digest),
        timeframe: resample.unwrap_or(key.timeframe),
        bars: 0,
        first: None,
        last: None,
        format: format.to_string(),
        key: key.clone(),
    };
    let layout = Layout {
        columns,
        complete: resample.is_some(),
    };
    let out = if let Some(target) = resample {
        let longer = resampled(
            stores,
            ResampledQuery {
                key,
                as_of,
                target,
                range,
            },
        )
        .await?;
        let batches = longer.map_ok(|longer| (BarFrame::of(longer.bars, columns), Some(longer.complete)));
        encode(batches, layout, format, out, &mut exported, progress).await?
    } else {
        let query = BarsQuery {
            as_of,
            range,
            columns,
            limit,
            order,
            ..BarsQuery::all(key)
        };
        let batches = stores.prices.bars(query).map_ok(|frame| (frame, None));
        encode(batches, layout, format, out, &mut exported, progress).await?
    };
    Ok((exported, out))
}

/// Bars, and whether they are complete where that is a column.
type Batch = (BarFrame, Option<Vec<bool>>);

async fn encode<W: Write + Send + 'static>(
    batches: impl Stream<Item = Result<Batch, StoreError>>,
    layout: Layout,
    format: Format,
    out: W,
    exported: &mut Exported,
    progress: &dyn Progress,
) -> Result<W, ExportError> {
    let (sender, mut receiver) = mpsc::channel::<Batch>(BATCHES_AHEAD);
    let encoding = tokio::task::spawn_blocking(move || {
        let mut encoder = encoder(format, layout, out)?;
        while let Some((frame, complete)) = receiver.blocking_recv() {
            encoder.write_rows(&frame, complete.as_deref())?;
        }
        // Whether the document ends here or was broken off, the reading side knows.
        Ok::<_, WriteError>(encoder)
    });
    let mut batches = pin!(batches);
    let read = loop {
        let batch = match batches.try_next().await {
            Ok(Some(batch)) => batch,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error.into()),
        };
        if let Err(cancelled) = Cancelled::check(progress) {
            break Err(ExportError::from(cancelled));
        }
        let bars = batch.0.len() as u64;
        let [first, last] = [batch.0.time.first(), batch.0.time.last()];
        exported.first = exported
            .first
            .or_else(|| first.copied().map(Timestamp::saturating));
        exported.last = last.copied().map(Timestamp::saturating).or(exported.last);
        exported.bars += bars;
        if sender.send(batch).await.is_err() {
            // The encoder has stopped; it says why below.
            break Ok(());
        }
        progress.advance(bars, bars);
    };
    drop(sender);
    let encoder = encoding.await?;
    read?;
    let encoder = encoder?;
    Ok(tokio::task::spawn_blocking(move || encoder.finish()).await??)
}

#[cfg(test)]
mod tests;
