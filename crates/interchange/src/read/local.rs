//! Local times of a zone, fast for times that lie near each other.

use domain::market::{Timestamp, Zone};
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::time::SECOND;

/// What a local time is in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// It occurs once.
    Once { micros: i64, ahead: i32 },
    /// It occurs twice; the first is given.
    Fold { micros: i64, ahead: i32 },
    /// It does not occur; the time that clocks without the change would show is given.
    Hole { micros: i64, ahead: i32 },
}

/// Converts between the local times of a zone and UTC; remembers the stretch between two changes of the clocks.
#[derive(Debug, Clone)]
pub(super) struct LocalClock {
    zone: TimeZone,
    /// Local times from which and before which `ahead` holds and no other.
    local: (i64, i64),
    /// Moments from which and before which `ahead` holds.
    instants: (i64, i64),
    ahead: i32,
}

impl LocalClock {
    pub(super) fn new(zone: &Zone) -> Self {
        Self {
            zone: zone.rules().clone(),
            local: (0, 0),
            instants: (0, 0),
            ahead: 0,
        }
    }

    /// Converts a local time, µs since the epoch taken as UTC.
    pub(super) fn moment(&mut self, local: i64) -> Option<Moment> {
        if !(self.local.0..self.local.1).contains(&local) {
            match self.ambiguous(local)? {
                AmbiguousOffset::Unambiguous { offset } => {
                    self.remember(local - i64::from(offset.seconds()) * SECOND);
                }
                AmbiguousOffset::Gap { before, .. } => {
                    let ahead = before.seconds();
                    return Some(Moment::Hole {
                        micros: local - i64::from(ahead) * SECOND,
                        ahead,
                    });
                }
                AmbiguousOffset::Fold { before, .. } => {
                    let ahead = before.seconds();
                    return Some(Moment::Fold {
                        micros: local - i64::from(ahead) * SECOND,
                        ahead,
                    });
                }
            }
        }
        Some(Moment::Once {
            micros: local - i64::from(self.ahead) * SECOND,
            ahead: self.ahead,
        })
    }

    /// Returns how many seconds local time is ahead of UTC at a moment, µs since the epoch.
    pub(super) fn ahead(&mut self, instant: i64) -> i32 {
        if !(self.instants.0..self.instants.1).contains(&instant) {
            self.remember(instant);
        }
        self.ahead
    }

    fn ambiguous(&self, local: i64) -> Option<AmbiguousOffset> {
        let civil = TimeZone::UTC.to_datetime(timestamp(local)?);
        Some(self.zone.to_ambiguous_timestamp(civil).offset())
    }

    /// Finds the stretch around a moment.
    fn remember(&mut self, instant: i64) {
        let Some(at) = timestamp(instant) else { return };
        let ahead = self.zone.to_offset(at).seconds();
        let micros = |seconds: i32| i64::from(seconds) * SECOND;
        // Transitions strictly before: one at `at` itself begins the stretch.
        let just_after = timestamp(instant + 1).unwrap_or(at);
        let began = self
            .zone
            .preceding(just_after)
            .next()
            .map(|change| change.timestamp().as_microsecond());
        let before = began
            .and_then(|began| timestamp(began - 1))
            .map(|at| self.zone.to_offset(at).seconds());
        let ends = self.zone.following(at).next();
        let after = ends.as_ref().map(|change| change.offset().seconds());
        let ends = ends.map(|change| change.timestamp().as_microsecond());
        self.ahead = ahead;
        self.instants = (began.unwrap_or(i64::MIN), ends.unwrap_or(i64::MAX));
        // Near a change, local times occur twice or not at all: they are left to the slow way.
        let local_start = began.map(|began| began + micros(before.unwrap_or(ahead).max(ahead)));
        let local_end = ends.map(|ends| ends + micros(after.unwrap_or(ahead).min(ahead)));
        self.local = (local_start.unwrap_or(i64::MIN), local_end.unwrap_or(i64::MAX));
    }
}

/// The clock of the zone that a row names; the next rows mostly name it again.
#[derive(Debug, Clone, Default)]
pub(super) struct NamedClock {
    name: Vec<u8>,
    clock: Option<LocalClock>,
}

impl NamedClock {
    /// Returns the clock of the zone of that name; `None` when there is no such zone.
    pub(super) fn of(&mut self, name: &[u8]) -> Option<&mut LocalClock> {
        if self.name != name {
            let zone = std::str::from_utf8(name)
                .ok()
                .and_then(|name| name.parse::<Zone>().ok());
            self.clock = zone.as_ref().map(LocalClock::new);
            self.name = name.to_vec();
        }
        self.clock.as_mut()
    }
}

fn timestamp(micros: i64) -> Option<jiff::Timestamp> {
    Timestamp::from_micros(micros)
        .ok()
        .and_then(|time| jiff::Timestamp::from_microsecond(time.micros()).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn micros(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().micros()
    }

    fn clock(zone: &str) -> LocalClock {
        LocalClock::new(&zone.parse().unwrap())
    }

    #[test]
    fn changes_of_the_clocks_make_holes_and_folds() {
        let mut clock = clock("America/New_York");
        let at = |local: &str| micros(&format!("{local}Z"));
        let once = Moment::Once {
            micros: micros("2024-03-10T06:59:00Z"),
            ahead: -18_000,
        };
        assert_eq!(clock.moment(at("2024-03-10T01:59:00")), Some(once));
        assert!(matches!(
            clock.moment(at("2024-03-10T02:30:00")),
            Some(Moment::Hole { .. })
        ));
        let after = Moment::Once {
            micros: micros("2024-03-10T07:00:00Z"),
            ahead: -14_400,
        };
        assert_eq!(clock.moment(at("2024-03-10T03:00:00")), Some(after));
        let fold = Moment::Fold {
            micros: micros("2024-11-03T05:30:00Z"),
            ahead: -14_400,
        };
        assert_eq!(clock.moment(at("2024-11-03T01:30:00")), Some(fold));
    }

    proptest! {
        #[test]
        fn what_is_remembered_agrees_with_the_zone(
            starts in proptest::collection::vec(0_i64..1_900_000_000, 1..20),
            step in -7200_i64..7200,
            zone in proptest::sample::select(vec![
                "America/New_York", "Europe/London", "Asia/Tokyo", "Australia/Lord_Howe", "+05:30", "UTC",
            ]),
        ) {
            let mut remembering = clock(zone);
            for start in starts {
                for index in 0..4 {
                    let local = (start + step * index) * SECOND;
                    prop_assert_eq!(remembering.moment(local), clock(zone).moment(local));
                    prop_assert_eq!(remembering.ahead(local), clock(zone).ahead(local));
                }
            }
        }
    }
}
