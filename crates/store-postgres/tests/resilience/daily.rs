//! The daily roll-up and the count of gaps, which each commit brings up to date by what it touches, against counting
//! all of it again.

use domain::market::{
    Bar, Bars, Instrument, InstrumentStore, PriceStore, Resampler, Revert, SeriesKey, TimeRange, Timeframe,
    Timestamp, TradingCalendar, Version, WriteKind, WriteMeta, Written, Zone, grid_runs,
};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use sqlx::{PgConnection, Row};
use store_postgres::PostgresStore;
use testkit::scale;

use crate::place::{Place, assert_intact, author, key, read, write};

const DAY: i64 = 86_400_000_000;
/// 2024-03-05T00:00:00Z: five days later, clocks in New York are put forward.
const FIRST: i64 = 1_709_596_800_000_000;
const STEPS: u64 = 14;

/// What is in a row of `reporting.daily_bar`: the day, four prices and a volume, bit for bit.
type DayRow = (i64, [u64; 4], Option<u64>);

fn row_of(bar: &Bar) -> DayRow {
    let prices = [bar.open, bar.high, bar.low, bar.close].map(f64::to_bits);
    let volume = Some(bar.volume).filter(|volume| !volume.is_nan());
    (bar.time.div_euclid(DAY), prices, volume.map(f64::to_bits))
}

/// Puts bars together to days, all at once.
fn resampled(key: &SeriesKey, zone: &Zone, bars: &Bars) -> Vec<DayRow> {
    if key.timeframe == Timeframe::DAY {
        return bars.rows().map(|bar| row_of(&bar)).collect();
    }
    let ends = [bars.first_time(), bars.last_time()].map(|time| Timestamp::saturating(time.unwrap_or(0)));
    let mut resampler = Resampler::new(key.timeframe, Timeframe::DAY, zone, (ends[0], ends[1])).unwrap();
    let mut days = Vec::new();
    resampler.push(bars, &mut days);
    days.extend(resampler.finish());
    days.iter().map(|day| row_of(&day.bar)).collect()
}

async fn reported(reader: &mut PgConnection, key: &SeriesKey) -> Vec<DayRow> {
    let query = sqlx::query(
        "select (d.day - date '1970-01-01')::bigint as day, d.open, d.high, d.low, d.close, d.volume \
         from reporting.daily_bar d join reporting.series s using (series_id) where s.series = $1 order by d.day",
    );
    let rows = query.bind(key.to_string()).fetch_all(reader).await.unwrap();
    rows.iter()
        .map(|row| {
            let price = |column: &str| row.get::<f64, _>(column).to_bits();
            let volume: Option<f64> = row.get("volume");
            (
                row.get("day"),
                ["open", "high", "low", "close"].map(price),
                volume.map(f64::to_bits),
            )
        })
        .collect()
}

/// Makes bars on the grid of a timeframe, with whole volumes, so that sums are exact in whatever order.
fn some_bars(chance: &mut ChaCha8Rng, timeframe: Timeframe) -> Bars {
    let step = timeframe.nominal_micros();
    let slots = 14 * DAY / step;
    let longest = (slots / 2).min(6_000);
    let (from, count) = (chance.random_range(0..slots), chance.random_range(1..=longest));
    let density = *[1.0, 1.0, 0.9, 0.05].choose(chance).unwrap();
    let unknown = *[0.0, 0.0, 0.0, 0.002].choose(chance).unwrap();
    let mut rows = Vec::new();
    for slot in from..from + count {
        if slot > from && !chance.random_bool(density) {
            continue;
        }
        let mut price = || f64::from(chance.random_range(100..100_000_u32)) / 100.0;
        let (open, close) = (price(), price());
        rows.push(Bar {
            time: FIRST + slot * step,
            open,
            high: open.max(close) + 0.25,
            low: open.min(close) - 0.25,
            close,
            volume: if chance.random_bool(unknown) {
                f64::NAN
            } else {
                f64::from(chance.random_range(0..1_000_000_u32))
            },
        });
    }
    Bars::from_rows(&rows).unwrap()
}

fn some_range(chance: &mut ChaCha8Rng) -> TimeRange {
    let from = FIRST + chance.random_range(-DAY..14 * DAY);
    let length = *[DAY / 24, DAY, 4 * DAY].choose(chance).unwrap();
    TimeRange::new(
        Some(Timestamp::saturating(from)),
        Some(Timestamp::saturating(from + chance.random_range(1..=length))),
    )
}

/// Changes a series in one of the ways that there are; returns a name for it.
async fn change(store: &PostgresStore, key: &SeriesKey, zone: &mut Zone, chance: &mut ChaCha8Rng) -> String {
    let head = store.head(key).await.unwrap();
    let bars = some_bars(chance, key.timeframe);
    let (name, write) = match chance.random_range(0..10) {
        0..3 => ("upsert", write(WriteKind::Upsert, vec![bars])),
        3..5 => {
            // Behind the last bar, by few bars or by many.
            let step = key.timeframe.nominal_micros();
            let last = head
                .as_ref()
                .and_then(|head| head.last)
                .map_or(FIRST, Timestamp::micros);
            let count = *[1, 1, 3, 700].choose(chance).unwrap();
            let (_, values) = bars.slice(0..bars.len().min(count)).into_columns();
            let [open, high, low, close, volume] = values;
            let time = (1..=open.len() as i64)
                .map(|number| last + number * step)
                .collect();
            let later = Bars::new(time, open, high, low, close, volume).unwrap();
            ("append", write(WriteKind::Upsert, vec![later]))
        }
        5 => (
            "delete",
            write(WriteKind::DeleteRange(some_range(chance)), Vec::new()),
        ),
        6 => {
            let range = some_range(chance);
            (
                "replace",
                write(WriteKind::ReplaceRange(range), vec![bars.within(&range)]),
            )
        }
        7 | 8 if head.is_some() => {
            let to = chance.random_range(0..=head.unwrap().version.0);
            let back = Revert {
                to: Version(to),
                expected: None,
                meta: WriteMeta::by(author()),
            };
            store.revert(key, back).await.unwrap();
            return format!("revert to {to}");
        }
        _ => {
            let zones = ["America/New_York", "Asia/Kolkata", "Pacific/Auckland", "UTC"];
            let name = *zones.choose(chance).unwrap();
            *zone = name.parse().unwrap();
            let instrument = Instrument {
                zone: zone.clone(),
                ..Instrument::new(key.venue.clone(), key.symbol.clone())
            };
            store.put_instrument(&instrument).await.unwrap();
            return format!("zone {name}");
        }
    };
    let written = store.commit(key, write).await.unwrap();
    format!(
        "{name}: {}",
        if matches!(written, Written::Committed(_)) {
            "a version"
        } else {
            "nothing"
        }
    )
}

async fn assert_rolled_up(
    store: &PostgresStore,
    reader: &mut PgConnection,
    key: &SeriesKey,
    zone: &Zone,
    steps: &[String],
) {
    let Some(head) = store.head(key).await.unwrap() else {
        return;
    };
    let bars = read(store, key).await;
    let (found, expected) = (reported(reader, key).await, resampled(key, zone, &bars));
    let different: Vec<_> = found
        .iter()
        .zip(&expected)
        .filter(|(found, expected)| found != expected)
        .collect();
    assert_eq!(found.len(), expected.len(), "{key} in {zone:?} after {steps:#?}");
    assert!(
        different.is_empty(),
        "{key} in {zone:?} after {steps:#?}: {different:?}"
    );
    let runs = grid_runs(bars.time(), key.timeframe);
    let missing = TradingCalendar::learn(key.timeframe, zone, &runs).missing(&runs);
    assert_eq!(head.gaps, missing, "gaps of {key} in {zone:?} after {steps:#?}");
    assert_eq!((head.bars, head.digest), (bars.len() as u64, bars.digest()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_commits_keep_up_to_date_is_what_counting_again_gives() {
    let (lives, seed) = (scale::count(2_000), scale::seed());
    scale::announce("daily bars", seed);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let deadline = scale::Deadline::start();
    let place = Place::new().await;
    let mut reader = place.connect("chandlery_reader").await;
    let (store, other) = (place.open().await, place.open().await);
    let (mut checked, mut nights) = (0, 0);
    for life in 0..lives {
        if deadline.passed() {
            break;
        }
        let timeframe = ["1m", "1m", "5m", "1h", "1d"][life as usize % 5];
        let key = key(&format!("X:S{life}/{timeframe}"));
        let mut zone: Zone = ["America/New_York", "Asia/Kolkata"][life as usize % 2]
            .parse()
            .unwrap();
        let instrument = Instrument {
            zone: zone.clone(),
            ..Instrument::new(key.venue.clone(), key.symbol.clone())
        };
        store.put_instrument(&instrument).await.unwrap();
        let mut steps = Vec::new();
        for _ in 0..STEPS {
            // Two handles, so that neither may rely on having seen all that was written.
            let handle = if chance.random_bool(0.7) { &store } else { &other };
            let step = change(handle, &key, &mut zone, &mut chance).await;
            steps.push(step);
            assert_rolled_up(handle, &mut reader, &key, &zone, &steps).await;
            checked += 1;
        }
        nights += u64::from(zone != Zone::UTC);
        if store.head(&key).await.unwrap().is_some() {
            assert_intact(&store, &key).await;
        }
    }
    assert!(
        checked > 20 && nights > 0,
        "{checked} changes were checked, {nights} in other zones"
    );
}

#[tokio::test]
async fn series_of_weeks_are_in_no_roll_up() {
    let place = Place::new().await;
    let (store, key) = (place.open().await, key("X:A/1w"));
    let weeks = testkit::bars::priced((0..5).map(|week| (FIRST - DAY + week * 7 * DAY, 2.0)));
    crate::place::upsert(&store, &key, &weeks).await;
    let mut reader = place.connect("chandlery_reader").await;
    assert_eq!(reported(&mut reader, &key).await, []);
}
