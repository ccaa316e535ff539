use super::*;
use crate::market::timeframe::offset_micros;

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1440 * MINUTE;

fn micros(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().micros()
}

fn gaps(timeframe: Timeframe, zone: &Zone, times: &[i64]) -> Vec<(String, String, u64)> {
    let runs = grid_runs(times, timeframe);
    let calendar = TradingCalendar::learn(timeframe, zone, &runs);
    let found = calendar.gaps(&runs);
    assert_eq!(
        calendar.missing(&runs),
        found.iter().map(|gap| gap.missing).sum::<u64>()
    );
    found
        .iter()
        .map(|gap| (gap.first.to_string(), gap.last.to_string(), gap.missing))
        .collect()
}

/// The definition, word for word: count every grid time by its local weekday and time of day.
fn missing_by_definition(step: i64, zone: &Zone, times: &[i64]) -> u64 {
    use std::collections::{BTreeMap, BTreeSet};
    let slot = |time: i64| (time + offset_micros(time, zone)).rem_euclid(WEEK);
    let stored: BTreeSet<i64> = times.iter().copied().collect();
    let grid: Vec<i64> = (times[0]..=times[times.len() - 1])
        .step_by(step as usize)
        .collect();
    let mut possible: BTreeMap<i64, u64> = BTreeMap::new();
    let mut present: BTreeMap<i64, u64> = BTreeMap::new();
    for time in &grid {
        *possible.entry(slot(*time)).or_default() += 1;
        *present.entry(slot(*time)).or_default() += u64::from(stored.contains(time));
    }
    let expected = |time: i64| present[&slot(time)] > 0 && present[&slot(time)] * 2 >= possible[&slot(time)];
    grid.iter()
        .filter(|time| !stored.contains(time) && expected(**time))
        .count() as u64
}

#[test]
fn weekends_are_no_gaps_and_a_missing_weekday_is_one() {
    let monday = micros("2024-01-01");
    let weekdays = (0..70)
        .map(|day| monday + day * DAY)
        .filter(|time| (time - monday) / DAY % 7 < 5);
    let mut times: Vec<i64> = weekdays.collect();
    assert_eq!(gaps(Timeframe::DAY, &Zone::UTC, &times), []);
    times.retain(|time| *time != micros("2024-01-10") && *time != micros("2024-01-11"));
    let expected = (
        "2024-01-10T00:00:00Z".to_owned(),
        "2024-01-11T00:00:00Z".to_owned(),
        2,
    );
    assert_eq!(gaps(Timeframe::DAY, &Zone::UTC, &times), [expected]);
}

#[test]
fn a_session_keeps_its_local_hours_when_the_clocks_change() {
    let zone: Zone = "America/New_York".parse().unwrap();
    let start = micros("2024-01-01");
    let minutes = (0..120 * 1440).map(|minute| start + minute * MINUTE);
    let session = |time: &i64| {
        let local = time + offset_micros(*time, &zone);
        let minute = local.rem_euclid(DAY) / MINUTE;
        (570..960).contains(&minute) && (local - start).div_euclid(DAY) % 7 < 5
    };
    let times: Vec<i64> = minutes.filter(session).collect();
    assert_eq!(gaps(Timeframe::MINUTE, &zone, &times), []);
    let holey: Vec<i64> = times
        .iter()
        .copied()
        .filter(|time| !(700..=710).contains(&(time / MINUTE % 1000)))
        .collect();
    let runs = grid_runs(&holey, Timeframe::MINUTE);
    let missing = TradingCalendar::learn(Timeframe::MINUTE, &zone, &runs).missing(&runs);
    assert_eq!(missing, missing_by_definition(MINUTE, &zone, &holey));
    assert!(missing > 0);
}

#[test]
fn longer_frames_expect_every_grid_time() {
    let times: Vec<i64> = ["2024-01-01", "2024-02-01", "2024-05-01"].map(micros).into();
    let expected = (
        "2024-03-01T00:00:00Z".to_owned(),
        "2024-04-01T00:00:00Z".to_owned(),
        2,
    );
    assert_eq!(gaps(Timeframe::MONTH, &Zone::UTC, &times), [expected]);
}

proptest::proptest! {
    #[test]
    fn counting_by_runs_agrees_with_the_definition(
        keep in proptest::collection::vec(proptest::bool::weighted(0.7), 400..900),
        frame in proptest::sample::select(vec!["15m", "1h", "4h", "45m"]),
        zone in proptest::sample::select(vec!["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]),
    ) {
        let (frame, zone): (Timeframe, Zone) = (frame.parse().unwrap(), zone.parse().unwrap());
        let step = frame.nominal_micros();
        let start = micros("2024-03-01").div_euclid(step) * step;
        let grid = keep.iter().enumerate().filter(|(_, keep)| **keep).map(|(index, _)| start + index as i64 * step);
        let times: Vec<i64> = grid.collect();
        proptest::prop_assume!(!times.is_empty());
        if WEEK % step == 0 {
            let runs = grid_runs(&times, frame);
            let missing = TradingCalendar::learn(frame, &zone, &runs).missing(&runs);
            proptest::prop_assert_eq!(missing, missing_by_definition(step, &zone, &times));
        }
    }
}
