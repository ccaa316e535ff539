//! Cutting times into days.

use super::{Timestamp, Zone, timeframe::offset_micros};

const DAY: i64 = 86_400_000_000;

/// Tells the local day of times that mostly ascend, quickly: it remembers until when the answer stays the same.
#[derive(Debug, Clone)]
pub struct DayCutter<'a> {
    zone: &'a Zone,
    /// The offset from UTC, and the stretch of time in which it stands still.
    offset: i64,
    offset_from: i64,
    offset_until: i64,
    /// The last day, and the stretch of time that is known to belong to it.
    day: i64,
    day_from: i64,
    day_until: i64,
}

impl<'a> DayCutter<'a> {
    /// Cuts days in `zone`.
    pub fn new(zone: &'a Zone) -> Self {
        let until = if zone.is_utc() { i64::MAX } else { i64::MIN };
        Self {
            zone,
            offset: 0,
            offset_from: i64::MIN,
            offset_until: until,
            day: 0,
            day_from: 0,
            day_until: 0,
        }
    }

    /// Returns the local date of `micros` (µs since the epoch), in days since 1970-01-01.
    pub fn day_of(&mut self, micros: i64) -> i64 {
        if (self.day_from..self.day_until).contains(&micros) {
            return self.day;
        }
        if !(self.offset_from..self.offset_until).contains(&micros) {
            let time = Timestamp::saturating(micros);
            let next = self.zone.rules().following(time.to_jiff()).next();
            self.offset = offset_micros(micros, self.zone);
            self.offset_from = micros;
            self.offset_until = next.map_or(i64::MAX, |next| next.timestamp().as_microsecond());
        }
        self.day = (micros + self.offset).div_euclid(DAY);
        self.day_from = (self.day * DAY - self.offset).max(self.offset_from);
        self.day_until = ((self.day + 1) * DAY - self.offset).min(self.offset_until);
        self.day
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Timeframe;

    #[test]
    fn days_are_those_that_daily_bars_have() {
        for name in [
            "UTC",
            "America/New_York",
            "Asia/Kathmandu",
            "+02:00",
            "Pacific/Apia",
        ] {
            let zone: Zone = name.parse().unwrap();
            let mut cutter = DayCutter::new(&zone);
            let step = 37 * 60 * 1_000_000;
            // 2011 has both changes to and from summer time, and Samoa left a day out at its end.
            let times = (0..15_000).map(|number| 1_293_840_000_000_000 + number * step);
            for time in times.clone().chain(times.rev()) {
                let expected = Timeframe::DAY.open_of(time, &zone) / DAY;
                assert_eq!(cutter.day_of(time), expected, "{name} {time}");
            }
        }
    }
}
