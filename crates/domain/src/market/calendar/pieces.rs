//! Runs cut where a zone changes its offset.

use super::GridRun;
use crate::market::{Timestamp, Zone, timeframe::offset_micros};

/// A part of a run during which the zone's offset stands still.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) start: i64,
    pub(super) local: i64,
    pub(super) count: u64,
}

/// Splits runs where the zone changes its offset, remembering the stretch that the last one lay in.
pub(super) struct OffsetPieces<'a> {
    zone: &'a Zone,
    from: i64,
    until: i64,
    offset: i64,
}

impl<'a> OffsetPieces<'a> {
    pub(super) fn new(zone: &'a Zone) -> Self {
        let until = if zone.is_utc() { i64::MAX } else { i64::MIN };
        Self {
            zone,
            from: i64::MIN,
            until,
            offset: 0,
        }
    }

    fn find(&mut self, time: i64) {
        if (self.from..self.until).contains(&time) {
            return;
        }
        let next = self
            .zone
            .rules()
            .following(Timestamp::saturating(time).to_jiff())
            .next();
        self.from = time;
        self.until = next.map_or(i64::MAX, |transition| transition.timestamp().as_microsecond());
        self.offset = offset_micros(time, self.zone);
    }

    pub(super) fn split(&mut self, run: GridRun, step: i64, mut each: impl FnMut(Piece)) {
        let (mut start, mut left) = (run.start, run.count);
        while left > 0 {
            self.find(start);
            let until = self.until.saturating_sub(start) as u64;
            let count = left.min(until.div_ceil(step as u64)).max(1);
            each(Piece {
                start,
                local: start.saturating_add(self.offset),
                count,
            });
            start = start.saturating_add(step.saturating_mul(count as i64));
            left -= count;
        }
    }
}
