//! Longer bars out of shorter ones.

use super::{Bar, Bars, Timeframe, Timestamp, Zone};

/// Bars can't be made longer that way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{source_frame} bars can't be put together to {target} bars: {reason}")]
pub struct ResampleError {
    source_frame: Timeframe,
    target: Timeframe,
    reason: &'static str,
}

/// A longer bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResampledBar {
    /// First open, highest high, lowest low, last close and summed volume, which is unknown if one part is.
    pub bar: Bar,
    /// Whether the series reaches from the bar's beginning to its end; one that is still being filled is not
    /// complete.
    pub complete: bool,
}

/// Puts ascending bars together to longer ones, batch by batch.
///
/// Frames shorter than a day align to the epoch in UTC; days, weeks (from Monday) and months are cut in the
/// instrument's zone and stamped with their date, as stored daily bars are.
#[derive(Debug)]
pub struct Resampler {
    target: Timeframe,
    zone: Zone,
    /// The first time and the end of the last bar of the whole series.
    covered: (i64, i64),
    current: Option<Bar>,
    /// The end of the stretch for which `current` is known to be the right bar: saves asking the calendar.
    current_until: i64,
}

impl Resampler {
    /// Makes a resampler from `source` bars to `target` bars for a series whose first and last bars open at
    /// `covered`.
    ///
    /// # Errors
    /// [`ResampleError`] when the target is not longer than the source, or not made of whole source bars.
    pub fn new(
        source: Timeframe,
        target: Timeframe,
        zone: &Zone,
        covered: (Timestamp, Timestamp),
    ) -> Result<Self, ResampleError> {
        let error = |reason| {
            Err(ResampleError {
                source_frame: source,
                target,
                reason,
            })
        };
        if target.nominal_micros() <= source.nominal_micros() {
            return error("the target must be longer");
        }
        let whole = match (source.micros(), target.micros()) {
            (Some(from), Some(to)) => to % from == 0,
            (Some(from), None) => 86_400_000_000 % from == 0,
            (None, None) => target.count().is_multiple_of(source.count()),
            (None, Some(_)) => false,
        };
        if !whole {
            return error("the target is not made of whole source bars");
        }
        let zone = source.counting_zone(zone);
        let (first, last) = (covered.0.micros(), covered.1.micros());
        let covered = (first, source.next_open(last));
        Ok(Self {
            target,
            zone,
            covered,
            current: None,
            current_until: i64::MIN,
        })
    }

    /// Takes the next bars and appends those that are finished to `out`.
    pub fn push(&mut self, bars: &Bars, out: &mut Vec<ResampledBar>) {
        for bar in bars.rows() {
            if bar.time < self.current_until
                && let Some(current) = &mut self.current
            {
                current.high = current.high.max(bar.high);
                current.low = current.low.min(bar.low);
                current.close = bar.close;
                current.volume += bar.volume;
                continue;
            }
            let open = self.target.open_of(bar.time, &self.zone);
            if let Some(current) = &mut self.current
                && current.time == open
            {
                current.high = current.high.max(bar.high);
                current.low = current.low.min(bar.low);
                current.close = bar.close;
                current.volume += bar.volume;
            } else {
                out.extend(
                    self.current
                        .replace(Bar { time: open, ..bar })
                        .map(|bar| self.judge(bar)),
                );
            }
            if self.target.is_intraday() {
                self.current_until = self.target.next_open(open);
            }
        }
    }

    /// Returns the last bar.
    pub fn finish(mut self) -> Option<ResampledBar> {
        self.current.take().map(|bar| self.judge(bar))
    }

    fn judge(&self, mut bar: Bar) -> ResampledBar {
        if bar.volume.is_nan() {
            bar.volume = super::CANONICAL_NAN;
        }
        let (first, end) = self.covered;
        let open_of = |time| self.target.open_of(time, &self.zone);
        let begins = open_of(first) < bar.time || open_of(first - 1) < bar.time;
        ResampledBar {
            bar,
            complete: begins && open_of(end) > bar.time,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().micros()
    }

    fn resample(source: &str, target: &str, zone: &str, times: &[i64]) -> Vec<(String, f64, f64, bool)> {
        let rows = times.iter().enumerate().map(|(index, time)| {
            let price = 10.0 + index as f64;
            Bar {
                time: *time,
                open: price,
                high: price + 1.0,
                low: price - 1.0,
                close: price,
                volume: 1.0,
            }
        });
        let bars = Bars::from_rows(&rows.collect::<Vec<_>>()).unwrap();
        let at = |index: usize| Timestamp::saturating(times[index]);
        let covered = (at(0), at(times.len() - 1));
        let zone = zone.parse().unwrap();
        let mut resampler =
            Resampler::new(source.parse().unwrap(), target.parse().unwrap(), &zone, covered).unwrap();
        let mut out = Vec::new();
        resampler.push(&bars.slice(0..1), &mut out);
        resampler.push(&bars.slice(1..bars.len()), &mut out);
        out.extend(resampler.finish());
        let row = |bar: &ResampledBar| {
            (
                Timestamp::saturating(bar.bar.time).to_string(),
                bar.bar.open,
                bar.bar.volume,
                bar.complete,
            )
        };
        out.iter().map(row).collect()
    }

    #[test]
    fn minutes_make_hours_and_the_last_one_is_still_open() {
        let start = micros("2024-01-01T10:00:00Z");
        let times: Vec<i64> = (0..90).map(|minute| start + minute * 60_000_000).collect();
        let hours = resample("1m", "1h", "UTC", &times);
        assert_eq!(
            hours,
            [
                ("2024-01-01T10:00:00Z".to_owned(), 10.0, 60.0, true),
                ("2024-01-01T11:00:00Z".to_owned(), 70.0, 30.0, false),
            ]
        );
    }

    #[test]
    fn days_are_cut_in_the_zone_and_follow_its_clock_changes() {
        // New York's 2024-03-10 lasts 23 hours.
        let start = micros("2024-03-09T05:00:00Z");
        let times: Vec<i64> = (0..72).map(|hour| start + hour * 3_600_000_000).collect();
        let days = resample("1h", "1d", "America/New_York", &times);
        let volumes: Vec<(&str, f64, bool)> = days
            .iter()
            .map(|(day, _, volume, complete)| (&day[..10], *volume, *complete))
            .collect();
        assert_eq!(
            volumes,
            [
                ("2024-03-09", 24.0, true),
                ("2024-03-10", 23.0, true),
                ("2024-03-11", 24.0, true),
                ("2024-03-12", 1.0, false)
            ]
        );
    }

    #[test]
    fn daily_bars_are_dates_whatever_the_zone() {
        let times: Vec<i64> = (0..14)
            .map(|day| micros("2024-01-01") + day * 86_400_000_000)
            .collect();
        let weeks = resample("1d", "1w", "America/New_York", &times);
        assert_eq!(weeks.len(), 2);
        assert!(weeks.iter().all(|week| week.2 > 6.5 && week.3), "{weeks:?}");
    }

    #[test]
    fn refuses_frames_that_do_not_fit() {
        let covered = (Timestamp::EPOCH, Timestamp::EPOCH);
        for (source, target) in [
            ("1h", "1m"),
            ("1h", "1h"),
            ("7m", "1h"),
            ("1w", "1M"),
            ("1M", "1w"),
        ] {
            let fits = Resampler::new(
                source.parse().unwrap(),
                target.parse().unwrap(),
                &Zone::UTC,
                covered,
            );
            assert!(fits.is_err(), "{source} to {target}");
        }
    }
}
