//! Taking in the bars of a write: checked, and staged as chunks when there are many.

use std::sync::Arc;

use domain::{
    error::StoreError,
    market::{BarStream, Bars, SetDigest, TimeRange, Timeframe, Timestamp},
};
use futures::{
    StreamExt,
    future::BoxFuture,
    stream::{FuturesOrdered, TryStreamExt},
};

use super::staged::StagedChunk;
use crate::{chunk::CHUNK_BARS, store::Shared};

/// A stretch of the bars of a write.
#[derive(Clone)]
pub(super) enum Piece {
    /// In memory: the last stretch, or the only one.
    Held(Bars),
    /// Encoded and written already.
    Staged(Arc<StagedChunk>),
}

impl Piece {
    fn digest(&self) -> SetDigest {
        match self {
            Self::Held(bars) => bars.digest(),
            Self::Staged(chunk) => chunk.meta.digest,
        }
    }
}

/// What a write brings: bars, ascending, and what goes.
#[derive(Default)]
pub(super) struct Incoming {
    pub(super) pieces: Vec<Piece>,
    pub(super) clear: Option<TimeRange>,
    pub(super) deletes: Vec<i64>,
}

impl Incoming {
    /// Tells whether the bars fit in memory, so that merging them takes no time to speak of.
    pub(super) fn is_small(&self) -> bool {
        self.pieces.len() <= 1
    }

    /// Returns the digest of all bars.
    pub(super) fn digest(&self) -> SetDigest {
        self.pieces
            .iter()
            .fold(SetDigest::EMPTY, |sum, piece| sum.plus(piece.digest()))
    }
}

/// What the bars of a write must keep to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Where all of them must lie; `None` where there must be none at all.
    pub(super) within: Option<TimeRange>,
    /// Whether prices of zero and below are possible.
    pub(super) allows_nonpositive: bool,
}

impl Rules {
    fn check(&self, bars: &Bars, before: Option<i64>) -> Result<(), StoreError> {
        let (Some(first), Some(last)) = (bars.first_time(), bars.last_time()) else {
            return Ok(());
        };
        let at = |time| Timestamp::saturating(time);
        if let Some(before) = before
            && first <= before
        {
            let problem = format!("bars must ascend: {} was given behind {}", at(first), at(before));
            return Err(StoreError::Invalid(problem));
        }
        let Some(within) = self.within else {
            return Err(StoreError::Invalid(
                "a write that deletes a range brings no bars".to_owned(),
            ));
        };
        if let Some(outside) = [first, last].into_iter().find(|time| !within.contains(*time)) {
            let problem = format!(
                "the bar at {} lies outside the range that is replaced",
                at(outside)
            );
            return Err(StoreError::Invalid(problem));
        }
        match bars.first_nonpositive() {
            Some(bar) if !self.allows_nonpositive => Err(StoreError::Invalid(format!(
                "the bar at {} has a price of {}; the instrument's prices must be positive, \
                 unless it says that it allows others",
                at(bar.time),
                bar.low
            ))),
            _ => Ok(()),
        }
    }
}

/// Reads `bars` to their end. Whole chunks are encoded and written, a few side by side, while the next bars come in.
pub(super) async fn gather(
    shared: &Arc<Shared>,
    timeframe: Timeframe,
    mut bars: BarStream<'_>,
    rules: Rules,
) -> Result<Vec<Piece>, StoreError> {
    let mut pieces = Vec::new();
    let mut staging: FuturesOrdered<BoxFuture<'_, Result<Piece, StoreError>>> = FuturesOrdered::new();
    let mut held = Bars::default();
    let mut last = None;
    while let Some(batch) = bars.next().await {
        let batch = batch?;
        rules.check(&batch, last)?;
        last = batch.last_time().or(last);
        let mut batch = Some(batch).filter(|batch| !batch.is_empty());
        while let Some(next) = batch.take() {
            if held.len() == CHUNK_BARS {
                if staging.len() > shared.workers.count() {
                    pieces.extend(staging.try_next().await?);
                }
                staging.push_back(Box::pin(stage(shared, timeframe, std::mem::take(&mut held))));
            }
            let room = CHUNK_BARS - held.len();
            if held.is_empty() && next.len() <= room {
                held = next;
            } else if next.len() <= room {
                append(&mut held, &next)?;
            } else {
                append(&mut held, &next.slice(0..room))?;
                batch = Some(next.slice(room..next.len()));
            }
        }
    }
    while let Some(piece) = staging.try_next().await? {
        pieces.push(piece);
    }
    if !held.is_empty() {
        pieces.push(Piece::Held(held));
    }
    Ok(pieces)
}

fn append(held: &mut Bars, next: &Bars) -> Result<(), StoreError> {
    held.append(next)
        .map_err(|error| StoreError::Invalid(error.to_string()))
}

/// Begins to write a chunk at once, and returns what waits for it.
fn stage(
    shared: &Arc<Shared>,
    timeframe: Timeframe,
    bars: Bars,
) -> impl Future<Output = Result<Piece, StoreError>> + Send + use<> {
    let shared = shared.clone();
    let task = tokio::spawn(async move {
        let writer = shared.clone();
        shared
            .workers
            .run(move || {
                StagedChunk::write(&writer, timeframe, &bars).map(|chunk| Piece::Staged(Arc::new(chunk)))
            })
            .await
    });
    async move {
        task.await
            .map_err(|error| StoreError::unavailable(crate::fault::TaskFault(error)))?
    }
}
