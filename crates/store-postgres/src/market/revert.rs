//! Bringing an earlier version's contents back.

use std::{collections::HashSet, sync::Arc};

use chunks::{Deed, Entry, check_expected, each_difference};
use domain::{
    error::StoreError,
    market::{CommitKind, DayCutter, MergeTally, Revert, SeriesKey, TimeRange, Written, Zone},
};
use uuid::Uuid;

use super::{
    chunk::{LiveChunk, chunks_of},
    daily::{Days, is_rolled_up, zone_of},
    prepare::{ChunkChange, Decide, Decision, Work},
    publish::{Publication, publish},
    staged::Staging,
};
use crate::{database::Fault, store::Shared};

struct BringBack(Revert);

/// Makes a version with the contents of an earlier one.
pub(super) async fn revert(
    shared: &Arc<Shared>,
    key: &SeriesKey,
    revert: Revert,
) -> Result<Written, StoreError> {
    publish(Publication {
        shared: shared.clone(),
        key: key.clone(),
        staging: Staging::new(shared, key.timeframe, &Zone::UTC),
        // Counting the differences of long series takes a while, so nobody waits for it.
        is_small: false,
        decide: Arc::new(BringBack(revert)),
        found: None,
    })
    .await
}

impl Decide for BringBack {
    fn decide(&self, work: &Work<'_>) -> Result<Decision, Fault> {
        let series = work.found.existing()?;
        check_expected(&work.found.key, self.0.expected, series.head.version)?;
        let mut lease = work.lease()?;
        let chunks = work.handle.block_on(async {
            let to = series
                .version_at(&mut lease, domain::market::AsOf::Version(self.0.to))
                .await?;
            series.check_kept(&mut lease, to).await?;
            let now = chunks_of(&mut lease, series, series.head.version, &TimeRange::ALL).await?;
            let then = chunks_of(&mut lease, series, to, &TimeRange::ALL).await?;
            Ok::<_, Fault>((now, then))
        });
        drop(lease);
        let (now, then) = chunks?;
        self.bring_back(work, &now, &then)
    }
}

impl BringBack {
    fn bring_back(
        &self,
        work: &Work<'_>,
        now: &[Arc<LiveChunk>],
        then: &[Arc<LiveChunk>],
    ) -> Result<Decision, Fault> {
        let timeframe = work.found.key.timeframe;
        let zone = zone_of(timeframe, &work.found.zone);
        let mut cutter = DayCutter::new(&zone);
        let (mut tally, mut touched) = (MergeTally::default(), Vec::new());
        each_difference(&work.access(), now, then, |chunk| chunk.id, &mut |changes| {
            tally = tally.plus(MergeTally::of_changes(&changes));
            for bars in [&changes.inserted, &changes.after, &changes.deleted] {
                for time in bars.time() {
                    let day = cutter.day_of(*time);
                    if touched.last() != Some(&(day, day)) {
                        touched.push((day, day));
                    }
                }
            }
            true
        })?;
        if tally.is_unchanged() {
            return Ok(Decision::Unchanged);
        }
        let ids = |chunks: &[Arc<LiveChunk>]| chunks.iter().map(|chunk| chunk.id).collect::<HashSet<Uuid>>();
        let (ids_now, ids_then) = (ids(now), ids(then));
        let missing = |chunks: &[Arc<LiveChunk>], ids: &HashSet<Uuid>| -> Vec<Arc<LiveChunk>> {
            chunks
                .iter()
                .filter(|chunk| !ids.contains(&chunk.id))
                .cloned()
                .collect()
        };
        let change = ChunkChange {
            tally,
            retire: missing(now, &ids_then),
            add: Vec::new(),
            copy: missing(then, &ids_now),
            span: then
                .first()
                .zip(then.last())
                .map(|(first, last)| (first.first, last.last)),
        };
        let days = if is_rolled_up(timeframe) {
            Days::of(touched)
        } else {
            Days::default()
        };
        let entries: Vec<_> = then.iter().cloned().map(Entry::Live).collect();
        let rows = work.rows_of(&entries, &days)?;
        let deed = Deed::once(CommitKind::Revert, self.0.meta.clone());
        let ready = work.commit_of(change, (days, rows), &deed, None)?;
        Ok(Decision::Commit(Box::new(ready)))
    }
}
