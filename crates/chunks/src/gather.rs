//! Taking in the bars of a write: checked, and staged as chunks when there are many.

use std::sync::{Arc, Mutex, PoisonError};

use domain::{
    error::StoreError,
    market::{BarStream, Bars, ChangeStream, TimeRange, Timestamp, WriteKind},
};
use futures::{
    StreamExt,
    future::BoxFuture,
    stream::{FuturesOrdered, TryStreamExt},
};

use crate::incoming::{Incoming, Piece};

/// What the bars of a write must keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Where all of them must lie; `None` where there must be none at all.
    pub within: Option<TimeRange>,
    /// Whether prices of zero and below are possible.
    pub allows_nonpositive: bool,
}

impl Rules {
    /// The rules for the bars of a write of `kind`.
    pub fn of(kind: WriteKind, allows_nonpositive: bool) -> Self {
        let within = match kind {
            WriteKind::Upsert => Some(TimeRange::ALL),
            WriteKind::ReplaceRange(range) => Some(range),
            WriteKind::DeleteRange(_) => None,
        };
        Self {
            within,
            allows_nonpositive,
        }
    }

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

/// Reads `bars` to their end and cuts them into pieces of `chunk_bars`, the last of them shorter. All but the last
/// are staged while the next bars come in, up to `side_by_side` of them at once.
///
/// `stage` has to begin its work at once, in a task of its own: what it returns is awaited only when there are
/// `side_by_side` of them, or no more bars.
///
/// # Errors
/// [`StoreError::Invalid`] when bars break `rules` or do not ascend; the errors of `bars` and of `stage`.
pub async fn gather<S>(
    chunk_bars: usize,
    side_by_side: usize,
    mut bars: BarStream<'_>,
    rules: Rules,
    stage: impl Fn(Bars) -> BoxFuture<'static, Result<S, StoreError>>,
) -> Result<Vec<Piece<S>>, StoreError> {
    let mut pieces = Vec::new();
    let mut staging = FuturesOrdered::new();
    let mut held = Bars::default();
    let mut last = None;
    while let Some(batch) = bars.next().await {
        let batch = batch?;
        rules.check(&batch, last)?;
        last = batch.last_time().or(last);
        let mut from = 0;
        while from < batch.len() {
            if held.len() == chunk_bars {
                if staging.len() >= side_by_side {
                    pieces.extend(staging.try_next().await?.map(Piece::Staged));
                }
                staging.push_back(stage(std::mem::take(&mut held)));
            }
            let to = batch.len().min(from + chunk_bars - held.len());
            let part = batch.slice(from..to);
            if held.is_empty() {
                held = part;
            } else {
                append(&mut held, &part)?;
            }
            from = to;
        }
    }
    while let Some(chunk) = staging.try_next().await? {
        pieces.push(Piece::Staged(chunk));
    }
    if !held.is_empty() {
        pieces.push(Piece::Held(held));
    }
    Ok(pieces)
}

/// Reads the changes of a commit that was made elsewhere to their end, as [`gather`] reads bars.
///
/// # Errors
/// Those of [`gather`]. The commit was accepted where it was made: its prices are not judged again.
pub async fn gather_changes<S>(
    chunk_bars: usize,
    side_by_side: usize,
    changes: ChangeStream<'_>,
    stage: impl Fn(Bars) -> BoxFuture<'static, Result<S, StoreError>>,
) -> Result<Incoming<S>, StoreError> {
    let deletes = Arc::new(Mutex::new(Vec::new()));
    let collected = deletes.clone();
    let upserts = changes.map(move |changes| {
        let patch = changes?.into_patch();
        collected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(patch.deletes);
        Ok(patch.upserts)
    });
    let rules = Rules::of(WriteKind::Upsert, true);
    let pieces = gather(chunk_bars, side_by_side, upserts.boxed(), rules, stage).await?;
    let deletes = std::mem::take(&mut *deletes.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(Incoming {
        pieces,
        clear: None,
        deletes,
    })
}

fn append(held: &mut Bars, next: &Bars) -> Result<(), StoreError> {
    held.append(next)
        .map_err(|error| StoreError::Invalid(error.to_string()))
}
