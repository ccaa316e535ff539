//! Reading the bars of both sides, side by side: their digests, and where they differ.

use domain::{
    error::StoreError,
    market::{
        AsOf, Bars, BarsQuery, Changes, FrameStream, SeriesKey, SetDigest, TimeRange, Timestamp, Version,
    },
};
use futures::TryStreamExt;

use super::{
    error::{Side, TransferError},
    report::{ContentDifference, SideDamage},
};
use crate::{
    progress::{Cancelled, Progress},
    stores::Stores,
};

/// What reading both sides has shown.
pub(super) struct Contents {
    pub(super) source: Read,
    pub(super) target: Read,
    /// Where they differ, as far as both could be read.
    pub(super) difference: Option<ContentDifference>,
}

/// What was read of one side.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) bars: u64,
    pub(super) digest: SetDigest,
    /// What ended the reading early.
    pub(super) damage: Option<SideDamage>,
}

impl Read {
    /// Returns the number of bars and their digest, if all of them were read.
    pub(super) fn whole(&self) -> (Option<u64>, Option<SetDigest>) {
        match self.damage {
            None => (Some(self.bars), Some(self.digest)),
            Some(_) => (None, None),
        }
    }
}

/// Reads version `source` of one store and version `target` of the other.
pub(super) async fn compare(
    (from, source): (&Stores, Version),
    (to, target): (&Stores, Version),
    key: &SeriesKey,
    progress: &dyn Progress,
) -> Result<Contents, TransferError> {
    let mut ours = Reader::new(Side::Source, from, key, source);
    let mut theirs = Reader::new(Side::Target, to, key, target);
    let mut difference = None;
    loop {
        Cancelled::check(progress)?;
        let before = ours.read.bars;
        futures::try_join!(ours.fill(), theirs.fill())?;
        progress.advance(0, ours.read.bars - before);
        // Up to here both sides are in memory.
        let through = ours.known_through().min(theirs.known_through());
        let (ours_now, theirs_now) = (ours.take_through(through), theirs.take_through(through));
        if ours.read.damage.is_none() && theirs.read.damage.is_none() && ours_now != theirs_now {
            note(&mut difference, &Changes::between(&ours_now, &theirs_now));
        }
        if ours.is_done() && theirs.is_done() {
            return Ok(Contents {
                source: ours.read,
                target: theirs.read,
                difference,
            });
        }
    }
}

/// Adds what differs in one stretch of time to what differed before it.
fn note(difference: &mut Option<ContentDifference>, changes: &Changes) {
    let parts = [&changes.inserted, &changes.after, &changes.deleted];
    let first = parts.iter().filter_map(|bars| bars.first_time()).min();
    let last = parts.iter().filter_map(|bars| bars.last_time()).max();
    let (Some(first), Some(last)) = (first, last) else {
        return;
    };
    let (first, last) = (Timestamp::saturating(first), Timestamp::saturating(last));
    let sum = difference.get_or_insert(ContentDifference {
        first,
        last,
        only_source: 0,
        only_target: 0,
        changed: 0,
    });
    sum.last = last;
    sum.only_source += changes.deleted.len() as u64;
    sum.only_target += changes.inserted.len() as u64;
    sum.changed += changes.after.len() as u64;
}

/// The bars of one side, batch by batch.
struct Reader<'a> {
    side: Side,
    frames: FrameStream<'a>,
    at_hand: Bars,
    ended: bool,
    read: Read,
}

impl<'a> Reader<'a> {
    fn new(side: Side, stores: &'a Stores, key: &SeriesKey, version: Version) -> Self {
        let query = BarsQuery {
            as_of: AsOf::Version(version),
            ..BarsQuery::all(key.clone())
        };
        Self {
            side,
            // The empty version needs no reading, and a series that is not there has no other one.
            ended: version == Version::EMPTY,
            frames: stores.prices.bars(query),
            at_hand: Bars::default(),
            read: Read::default(),
        }
    }

    /// Reads on until something is at hand or nothing is left.
    async fn fill(&mut self) -> Result<(), TransferError> {
        while self.at_hand.is_empty() && !self.ended {
            match self.next().await {
                Ok(Some(bars)) => {
                    self.read.bars += bars.len() as u64;
                    self.read.digest = self.read.digest.plus(bars.digest());
                    self.at_hand = bars;
                }
                Ok(None) => self.ended = true,
                Err(StoreError::Corrupt { entity, source }) => {
                    self.ended = true;
                    self.read.damage = Some(SideDamage {
                        side: self.side,
                        entity,
                        problem: source.to_string(),
                    });
                }
                Err(source) => {
                    let side = self.side;
                    return Err(TransferError::Store { side, source });
                }
            }
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Bars>, StoreError> {
        let Some(frame) = self.frames.try_next().await? else {
            return Ok(None);
        };
        let bars = Bars::try_from(frame);
        bars.map(Some)
            .map_err(|error| StoreError::corrupt("what was read", error))
    }

    fn known_through(&self) -> i64 {
        if self.ended {
            i64::MAX
        } else {
            self.at_hand.last_time().unwrap_or(i64::MIN)
        }
    }

    fn take_through(&mut self, through: i64) -> Bars {
        if self.at_hand.last_time().is_none_or(|last| last <= through) {
            return std::mem::take(&mut self.at_hand);
        }
        let end = Timestamp::saturating(through.saturating_add(1));
        let split = self.at_hand.index_range(&TimeRange::new(None, Some(end))).end;
        let rest = self.at_hand.slice(split..self.at_hand.len());
        let taken = self.at_hand.slice(0..split);
        self.at_hand = rest;
        taken
    }

    fn is_done(&self) -> bool {
        self.ended && self.at_hand.is_empty()
    }
}
