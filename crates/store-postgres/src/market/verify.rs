//! Reading a series back with all its history.

use std::{ops::Range, sync::Arc};

use domain::{
    error::StoreError,
    id::SeriesId,
    market::{ColumnSet, Damage, SeriesCheck, SeriesHead, SeriesKey, SetDigest, Timeframe, Version},
};
use futures::{StreamExt, TryStreamExt, stream};
use sqlx::postgres::PgRow;
use tokio::task;

use super::{
    chunk::{LiveChunk, live_chunk},
    commit::side_by_side,
    found::{Found, FoundSeries},
    gone::look_again,
    payload::{self, Payload},
    row::Row,
    runs::{runs_of, to_bytes},
    staged::TaskFault,
};
use crate::{
    database::{Fault, Lane},
    store::Shared,
};

/// How many chunks are read at a time.
const BATCH: usize = 32;

/// A chunk, and the versions that it lives in.
struct Lived {
    chunk: Arc<LiveChunk>,
    from: u64,
    until: Option<u64>,
    runs: Option<Vec<u8>>,
}

/// Compares everything that is stored of a series with its checksums and digests.
pub(super) async fn verify(shared: &Arc<Shared>, key: &SeriesKey) -> Result<SeriesCheck, Fault> {
    let mut lease = shared.database.lease(Lane::Bulk).await?;
    // Of one moment, or what others write meanwhile would look like damage.
    lease.begin_snapshot().await?;
    let found = Found::look(&mut lease, key).await?;
    let series = found.existing()?;
    let id = series.id().as_uuid();
    let commits = lease
        .all(sqlx::query(include_str!("sql/verify_commits.sql")).bind(id))
        .await?;
    let rows = lease
        .all(sqlx::query(include_str!("sql/verify_chunks.sql")).bind(id))
        .await?;
    lease.roll_back().await?;
    drop(lease);
    let lived = rows.iter().map(lived).collect::<Result<Vec<_>, _>>()?;
    let mut damages = check_account(series, &commits, &lived)?;
    let mut check = SeriesCheck {
        key: key.clone(),
        versions: commits.len() as u64,
        chunks: 0,
        bars: 0,
        damages: Vec::new(),
    };
    let lived = Arc::new(lived);
    let mut reads = stream::iter((0..lived.len()).step_by(BATCH))
        .map(|begin| {
            let (shared, head, lived) = (shared.clone(), &series.head, lived.clone());
            let batch = begin..(begin + BATCH).min(lived.len());
            async move { check_batch(&shared, head, lived, batch).await }
        })
        .buffered(side_by_side().min(shared.database.connections(Lane::Bulk)));
    while let Some((chunks, bars, found)) = reads.try_next().await? {
        check.chunks += chunks;
        check.bars += bars;
        damages.extend(found);
    }
    drop(reads);
    check.damages = damages;
    Ok(check)
}

fn lived(row: &PgRow) -> Result<Lived, StoreError> {
    let chunk = live_chunk(row)?;
    let row = Row::new(row, "price_chunk");
    let until: Option<i64> = row.get("retired_version")?;
    Ok(Lived {
        chunk,
        from: row.count("version")?,
        until: until.map(|until| until as u64),
        runs: row.get("runs")?,
    })
}

/// Compares each commit with the chunks that live in its version, by their counts and digests.
fn check_account(
    series: &FoundSeries,
    commits: &[PgRow],
    lived: &[Lived],
) -> Result<Vec<Damage>, StoreError> {
    let mut damages = Vec::new();
    let mut changes: Vec<(u64, bool, u64, SetDigest)> = Vec::new();
    for Lived {
        chunk, from, until, ..
    } in lived
    {
        changes.push((*from, true, chunk.bars, chunk.digest));
        changes.extend(until.map(|until| (until, false, chunk.bars, chunk.digest)));
    }
    changes.sort_by_key(|change| change.0);
    let mut changes = changes.into_iter().peekable();
    let (mut bars, mut digest) = (0_u64, SetDigest::EMPTY);
    let mut expected = Version::EMPTY.next();
    for row in commits {
        let row = Row::new(row, "price_commit");
        let version = Version(row.count("version")?);
        let mut problem = |text: String| {
            let entity = format!("price_commit (series_id {}, version {version})", series.id());
            damages.push(Damage {
                entity,
                problem: text,
            });
        };
        if version != expected {
            problem(format!("it stands where version {expected} belongs"));
        }
        expected = version.next();
        while let Some((_, comes, count, sum)) = changes.next_if(|change| change.0 <= version.0) {
            if comes {
                (bars, digest) = (bars + count, digest.plus(sum));
            } else {
                (bars, digest) = (bars.wrapping_sub(count), digest.minus(sum));
            }
        }
        let told = (row.count("bars")?, row.digest("digest")?);
        // The chunks that only pruned versions showed are gone.
        if version >= series.kept_from && told != (bars, digest) {
            problem(format!(
                "it tells of {} bars with digest {}, its chunks of {bars} with {digest}",
                told.0, told.1
            ));
        }
    }
    let head = &series.head;
    if (head.version.next(), head.bars, head.digest) != (expected, bars, digest) {
        damages.push(Damage {
            entity: format!("series_head (series_id {})", series.id()),
            problem: format!(
                "it tells of version {}, {} bars and digest {}",
                head.version, head.bars, head.digest
            ),
        });
    }
    Ok(damages)
}

async fn check_batch(
    shared: &Arc<Shared>,
    head: &SeriesHead,
    lived: Arc<Vec<Lived>>,
    batch: Range<usize>,
) -> Result<(u64, u64, Vec<Damage>), StoreError> {
    let chunks: Vec<Arc<LiveChunk>> = lived[batch.clone()]
        .iter()
        .map(|lived| lived.chunk.clone())
        .collect();
    let (series, newest, timeframe) = (head.id, head.version, head.key.timeframe);
    let mut lease = shared.database.lease(Lane::Bulk).await?;
    let payloads = payload::fetch_found(&mut lease, series, &chunks, ColumnSet::ALL)
        .await
        .map_err(StoreError::from)?;
    let kept_from = if payloads.iter().all(Option::is_some) {
        Version::EMPTY
    } else {
        // The moment of which the chunks are listed is over: some may have been pruned since.
        look_again(&mut lease, &head.key, series)
            .await
            .map_err(StoreError::from)?
            .kept_from
    };
    drop(lease);
    let check = move || {
        let mut damages = Vec::new();
        let (mut chunks, mut bars) = (0, 0);
        for (payload, lived) in payloads.iter().zip(&lived[batch]) {
            // One that was live then has been retired by the next version at the earliest.
            let until = lived.until.unwrap_or(newest.next().0);
            if payload.is_none() && until <= kept_from.0 {
                continue;
            }
            chunks += 1;
            bars += lived.chunk.bars;
            let problem = match differs(series, lived, payload.as_ref(), timeframe) {
                Ok(problem) => problem.map(str::to_owned),
                Err(StoreError::Corrupt { source, .. }) => Some(source.to_string()),
                Err(error) => return Err(error),
            };
            damages.extend(problem.map(|problem| Damage {
                entity: payload::entity(series, &lived.chunk),
                problem,
            }));
        }
        Ok((chunks, bars, damages))
    };
    task::spawn_blocking(check)
        .await
        .map_err(|error| StoreError::unavailable(TaskFault(error)))?
}

/// Tells in what the row of a chunk differs from what its columns hold.
fn differs(
    series: SeriesId,
    lived: &Lived,
    payload: Option<&Payload>,
    timeframe: Timeframe,
) -> Result<Option<&'static str>, StoreError> {
    let Some(payload) = payload else {
        return Ok(Some(payload::MISSING));
    };
    let bars = payload.decode_bars(series, &lived.chunk)?;
    let damaged = |error| StoreError::corrupt(payload::entity(series, &lived.chunk), error);
    Ok(if bars.digest() != lived.chunk.digest {
        Some("its bars do not match its digest")
    } else if payload.size().map_err(damaged)? != lived.chunk.bytes {
        Some("its columns are not as long as its row says")
    } else if to_bytes(&runs_of(&bars, timeframe), timeframe) != lived.runs {
        Some("its runs are not those of its bars")
    } else {
        None
    })
}
