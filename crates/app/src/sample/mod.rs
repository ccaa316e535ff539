//! Synthetic data to try things out with. Its venue says what it is: nothing of it was ever traded.

mod hours;
mod walk;

use domain::{
    error::StoreError,
    market::{
        AssetClass, Author, Bar, Bars, BarsError, Commit, Currency, CurrencyError, Instrument, KeyError,
        PriceWrite, ResampleError, Resampler, SeriesKey, Timeframe, Timestamp, TimestampError, Version,
        WriteKind, WriteMeta, Written, Zone, ZoneError,
    },
};
use futures::{StreamExt, stream};
use serde::Serialize;

use self::{
    hours::{DAY, DAYS_FROM, Hours, MINUTE, MINUTES_FROM, UNTIL},
    walk::{Character, Walk},
};
use crate::{
    progress::{Cancelled, Progress, Stage},
    stores::Stores,
};

/// The venue of everything synthetic.
pub const VENUE: &str = "SYNTHETIC";
/// What the commits of sample data name as their source.
pub const SOURCE: &str = "synthetic sample";

/// Why sample data could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The store refused or failed.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// It was told to stop.
    #[error("{0}")]
    Cancelled(#[from] Cancelled),
    /// The generator drew something that is no valid value.
    #[error("the sample generator is broken: {0}")]
    Generator(#[source] Box<dyn std::error::Error + Send + Sync>),
}

macro_rules! generator_errors {
    ($($cause:ty),*) => {
        $(impl From<$cause> for SampleError {
            fn from(cause: $cause) -> Self {
                Self::Generator(Box::new(cause))
            }
        })*
    };
}

generator_errors!(
    KeyError,
    CurrencyError,
    ZoneError,
    TimestampError,
    BarsError,
    ResampleError
);

/// One series of the sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SampledSeries {
    /// The series.
    pub key: SeriesKey,
    /// How many bars it has been given.
    pub bars: u64,
    /// When the first of them opens.
    pub first: Option<Timestamp>,
    /// When the last of them opens.
    pub last: Option<Timestamp>,
    /// The version that was made; `None` when all of it was there already.
    pub version: Option<Version>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sampled {
    /// The seed that the prices were drawn with.
    pub seed: u64,
    /// The series.
    pub series: Vec<SampledSeries>,
}

struct Recipe {
    symbol: &'static str,
    asset_class: AssetClass,
    currency: &'static str,
    zone: &'static str,
    hours: Hours,
    character: Character,
}

const RECIPES: [Recipe; 3] = [
    Recipe {
        symbol: "ALPHA",
        asset_class: AssetClass::Equity,
        currency: "USD",
        zone: "America/New_York",
        hours: Hours::NewYorkSession,
        character: Character {
            start: 120.0,
            daily_move: 0.014,
            daily_drift: 0.0004,
            price_digits: 2,
            daily_volume: 8_400_000.0,
            volume_digits: 0,
        },
    },
    Recipe {
        symbol: "BETA",
        asset_class: AssetClass::Crypto,
        currency: "USDT",
        zone: "UTC",
        hours: Hours::RoundTheClock,
        character: Character {
            start: 2_400.0,
            daily_move: 0.032,
            daily_drift: 0.0006,
            price_digits: 2,
            daily_volume: 54_000.0,
            volume_digits: 4,
        },
    },
    Recipe {
        symbol: "GAMMA",
        asset_class: AssetClass::Fx,
        currency: "USD",
        zone: "UTC",
        hours: Hours::SundayEveningToFriday,
        character: Character {
            start: 1.12,
            daily_move: 0.005,
            daily_drift: 0.0,
            price_digits: 5,
            daily_volume: 96_000.0,
            volume_digits: 0,
        },
    },
];

/// Writes daily bars of three years and minutes of four weeks of three made-up instruments. The same seed makes the
/// same bars, so that doing it again changes nothing.
///
/// # Errors
/// Those of [`domain::market::PriceStore::commit`]; [`SampleError::Cancelled`].
pub async fn sample(
    stores: &Stores,
    seed: u64,
    author: Author,
    progress: &dyn Progress,
) -> Result<Sampled, SampleError> {
    let mut series = Vec::new();
    for (number, recipe) in (0_u64..).zip(&RECIPES) {
        let instrument = instrument(recipe)?;
        let (days, minutes) = bars(recipe, &instrument.zone, seed.wrapping_add(number))?;
        if stores
            .instruments
            .instrument(&instrument.venue, &instrument.symbol)
            .await?
            .is_none()
        {
            stores.instruments.put_instrument(&instrument).await?;
        }
        for (timeframe, bars) in [(Timeframe::DAY, days), (Timeframe::MINUTE, minutes)] {
            Cancelled::check(progress)?;
            let key = SeriesKey::new(instrument.venue.clone(), instrument.symbol.clone(), timeframe);
            progress.begin(&Stage::Writing(key.to_string()), Some(bars.len() as u64));
            let sampled = SampledSeries {
                bars: bars.len() as u64,
                first: bars.first_time().map(Timestamp::saturating),
                last: bars.last_time().map(Timestamp::saturating),
                version: write(stores, &key, bars, &author)
                    .await?
                    .map(|commit| commit.version),
                key,
            };
            progress.advance(sampled.bars, sampled.bars);
            series.push(sampled);
        }
    }
    Ok(Sampled { seed, series })
}

async fn write(
    stores: &Stores,
    key: &SeriesKey,
    bars: Bars,
    author: &Author,
) -> Result<Option<Commit>, StoreError> {
    let meta = WriteMeta {
        source_name: Some(SOURCE.to_owned()),
        ..WriteMeta::by(author.clone())
    };
    let write = PriceWrite::new(WriteKind::Upsert, stream::iter([Ok(bars)]).boxed(), meta);
    match stores.prices.commit(key, write).await? {
        Written::Committed(commit) | Written::Repeated(commit) => Ok(Some(commit)),
        Written::Unchanged(_) => Ok(None),
    }
}

fn instrument(recipe: &Recipe) -> Result<Instrument, SampleError> {
    Ok(Instrument {
        asset_class: recipe.asset_class,
        currency: Some(recipe.currency.parse::<Currency>()?),
        zone: recipe.zone.parse()?,
        sessions_per_year: recipe.asset_class.usual_sessions_per_year(),
        ..Instrument::new(VENUE.parse()?, recipe.symbol.parse()?)
    })
}

/// Draws daily and minute bars. Where there are minutes, the days are put together from them.
fn bars(recipe: &Recipe, zone: &Zone, seed: u64) -> Result<(Bars, Bars), SampleError> {
    let [days_from, minutes_from, until] = [DAYS_FROM, MINUTES_FROM, UNTIL].map(str::parse::<Timestamp>);
    let (days_from, minutes_from, until) = (days_from?.micros(), minutes_from?.micros(), until?.micros());
    let hours = recipe.hours;
    let gap_at_open = hours == Hours::NewYorkSession;
    let mut walk = Walk::new(seed, recipe.character);
    let mut days = Vec::new();
    for day in (days_from..minutes_from).step_by(DAY as usize) {
        let share = hours.share_of_day(day);
        if share > 0.0 {
            days.push(walk.bar(day, share, gap_at_open));
        }
    }
    let mut minutes: Vec<Bar> = Vec::new();
    let share = 1.0 / f64::from(hours.minutes_a_day());
    for minute in (minutes_from..until)
        .step_by(MINUTE as usize)
        .filter(|minute| hours.trades_at(*minute))
    {
        let opens = minutes.last().is_none_or(|before| before.time + MINUTE < minute);
        minutes.push(walk.bar(minute, share, opens && gap_at_open));
    }
    let minutes = Bars::from_rows(&minutes)?;
    let covered = (Timestamp::saturating(minutes_from), Timestamp::saturating(until));
    let mut resampler = Resampler::new(Timeframe::MINUTE, Timeframe::DAY, zone, covered)?;
    let mut recent = Vec::new();
    resampler.push(&minutes, &mut recent);
    recent.extend(resampler.finish());
    days.extend(recent.into_iter().map(|day| Bar {
        volume: rounded_volume(day.bar.volume),
        ..day.bar
    }));
    Ok((Bars::from_rows(&days)?, minutes))
}

/// Rounds away what adding many volumes has left behind the fourth digit.
fn rounded_volume(volume: f64) -> f64 {
    (volume * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_bars_and_another_draws_others() {
        for recipe in &RECIPES {
            let draw = |seed| bars(recipe, &recipe.zone.parse().unwrap(), seed).unwrap();
            assert_eq!(draw(7), draw(7));
            assert_ne!(draw(7).1, draw(8).1);
        }
    }

    #[test]
    fn each_instrument_trades_in_its_own_hours() {
        let counts = RECIPES.each_ref().map(|recipe| {
            let (days, minutes) = bars(recipe, &recipe.zone.parse().unwrap(), 1).unwrap();
            (days.len(), minutes.len())
        });
        // Four weeks of minutes: 20 sessions of 390; 26 days; Monday to Friday 21:00 and three Sunday evenings.
        assert_eq!(
            counts.map(|(_, minutes)| minutes),
            [20 * 390, 26 * 1440, 4 * (4 * 1440 + 1260) + 3 * 180]
        );
        assert_eq!(counts[1].0, 3 * 365 + 1);
        assert!((740..790).contains(&counts[0].0), "{counts:?}");
    }

    #[test]
    fn recent_days_are_put_together_from_the_minutes() {
        let recipe = &RECIPES[0];
        let (days, minutes) = bars(recipe, &recipe.zone.parse().unwrap(), 1).unwrap();
        let last_session = minutes.slice(minutes.len() - 390..minutes.len());
        let last = days.bar(days.len() - 1);
        let highest = last_session.high().iter().copied().fold(f64::MIN, f64::max);
        let expected = [last_session.open()[0], last_session.close()[389], highest];
        assert_eq!(
            [last.open, last.close, last.high].map(f64::to_bits),
            expected.map(f64::to_bits)
        );
    }
}
