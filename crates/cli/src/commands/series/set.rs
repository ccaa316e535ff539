//! `chandlery series set`

use std::io::{self, Write};

use clap::{ArgGroup, Args};
use domain::{
    error::{EntityRef, StoreError},
    market::{AssetClass, Currency, Instrument, SeriesKey, Symbol, Venue, Zone},
};
use serde::Serialize;

use super::show::prices;
use crate::{
    output::{Report, table::Table},
    session::Session,
};

/// What can be changed; at least one of them must be.
const CHANGES: [&str; 5] = ["class", "currency", "zone", "sessions", "allow_nonpositive"];

/// The arguments of `series set`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("changes").args(CHANGES).required(true).multiple(true))]
pub(crate) struct SetArguments {
    /// Which instrument, or one of its series: all of them share it
    #[arg(value_name = "VENUE:SYMBOL[/TF]", value_parser = instrument_name)]
    instrument: (Venue, Symbol),
    /// equity, etf, fx, crypto, future, option, index, commodity, bond or unknown
    #[arg(long)]
    class: Option<AssetClass>,
    /// What prices are quoted in, such as USD
    #[arg(long)]
    currency: Option<Currency>,
    #[arg(
        long,
        allow_hyphen_values = true,
        help = "Where its days begin and end, such as America/New_York; gaps are counted anew"
    )]
    zone: Option<Zone>,
    /// Trading sessions a year; those of its class when only that is given
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=366))]
    sessions: Option<u16>,
    /// Whether prices of zero and below are possible
    #[arg(long, value_name = "true|false")]
    allow_nonpositive: Option<bool>,
}

/// Reads `VENUE:SYMBOL`, or a series of which the instrument is meant.
fn instrument_name(text: &str) -> Result<(Venue, Symbol), String> {
    if let Ok(key) = text.parse::<SeriesKey>() {
        return Ok((key.venue, key.symbol));
    }
    let (venue, symbol) = text
        .split_once(':')
        .ok_or("write VENUE:SYMBOL, such as NASDAQ:AAPL")?;
    let venue = venue
        .parse()
        .map_err(|cause: domain::market::KeyError| cause.to_string())?;
    let symbol = symbol
        .parse()
        .map_err(|cause: domain::market::KeyError| cause.to_string())?;
    Ok((venue, symbol))
}

#[derive(Serialize)]
struct SetReport {
    before: Instrument,
    instrument: Instrument,
}

pub(crate) async fn run(session: &Session, arguments: SetArguments) -> anyhow::Result<()> {
    let (venue, symbol) = arguments.instrument.clone();
    let before = session.stores.instruments.instrument(&venue, &symbol).await?;
    let before = before.ok_or(StoreError::NotFound(EntityRef::Instrument(venue, symbol)))?;
    let instrument = arguments.applied_to(before.clone());
    session.stores.instruments.put_instrument(&instrument).await?;
    session.print(&SetReport { before, instrument })
}

impl SetArguments {
    fn applied_to(self, mut instrument: Instrument) -> Instrument {
        if let Some(class) = self.class {
            instrument.asset_class = class;
            instrument.sessions_per_year = class.usual_sessions_per_year();
        }
        instrument.currency = self.currency.or(instrument.currency);
        instrument.zone = self.zone.unwrap_or(instrument.zone);
        instrument.sessions_per_year = self.sessions.unwrap_or(instrument.sessions_per_year);
        instrument.allows_nonpositive = self.allow_nonpositive.unwrap_or(instrument.allows_nonpositive);
        instrument
    }
}

impl Report for SetReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { before, instrument } = self;
        writeln!(out, "{}:{}", instrument.venue, instrument.symbol)?;
        let facts = |instrument: &Instrument| {
            let currency = instrument
                .currency
                .as_ref()
                .map_or_else(|| "not said".to_owned(), ToString::to_string);
            [
                ("class", instrument.asset_class.to_string()),
                ("currency", currency),
                ("zone", instrument.zone.to_string()),
                ("sessions", instrument.sessions_per_year.to_string()),
                ("prices", prices(instrument).to_owned()),
            ]
        };
        let pairs = facts(before)
            .into_iter()
            .zip(facts(instrument))
            .map(|((name, before), (_, after))| {
                (
                    name,
                    if before == after {
                        after
                    } else {
                        format!("{after} (was {before})")
                    },
                )
            });
        write!(out, "{}", Table::of_pairs(pairs))
    }

    fn is_summary(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("NASDAQ:AAPL", "AAPL")]
    #[case("NASDAQ:AAPL/1d", "AAPL")]
    #[case("KRAKEN:BTC/USD", "BTC/USD")]
    #[case("KRAKEN:BTC/USD/1m", "BTC/USD")]
    fn an_instrument_is_named_alone_or_by_a_series(#[case] text: &str, #[case] symbol: &str) {
        assert_eq!(instrument_name(text).unwrap().1.as_str(), symbol);
    }
}
