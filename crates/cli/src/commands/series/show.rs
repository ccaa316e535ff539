//! `chandlery series show`

use std::io::{self, Write};

use clap::Args;
use domain::{
    error::StoreError,
    market::{
        AsOf, BarsQuery, Column as BarColumn, ColumnSet, Commit, Instrument, Order, SeriesHead, SeriesKey,
        Timestamp,
    },
};
use futures::TryStreamExt;
use serde::Serialize;

use super::head;
use crate::{
    output::{Report, numbers, sparkline::sparkline, table::Table, times},
    session::Session,
};

/// How many of the newest bars the line of closes is drawn from.
const DRAWN_BARS: u64 = 100_000;
/// How many characters the line of closes has.
const WIDTH: usize = 60;

/// The arguments of `series show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// Which series
    #[arg(value_name = "VENUE:SYMBOL/TF")]
    series: SeriesKey,
}

#[derive(Serialize)]
struct SeriesReport {
    head: SeriesHead,
    instrument: Option<Instrument>,
    commit: Option<Commit>,
    closes: Option<Closes>,
}

/// How the closes of the newest bars went.
#[derive(Serialize)]
struct Closes {
    from: Timestamp,
    bars: u64,
    low: f64,
    high: f64,
    last: f64,
    sparkline: String,
}

pub(crate) async fn run(session: &Session, arguments: ShowArguments) -> anyhow::Result<()> {
    let key = arguments.series;
    let head = head(session, &key).await?;
    let report = SeriesReport {
        instrument: session
            .stores
            .instruments
            .instrument(&key.venue, &key.symbol)
            .await?,
        commit: session
            .stores
            .prices
            .commit_at(&key, AsOf::Version(head.version))
            .await?,
        closes: closes(session, &head).await?,
        head,
    };
    session.print(&report)
}

async fn closes(session: &Session, head: &SeriesHead) -> Result<Option<Closes>, StoreError> {
    let query = BarsQuery {
        as_of: AsOf::Version(head.version),
        columns: ColumnSet::from_iter([BarColumn::Close]),
        limit: Some(DRAWN_BARS),
        order: Order::Descending,
        ..BarsQuery::all(head.key.clone())
    };
    let (mut values, mut from) = (Vec::new(), None);
    let mut frames = session.stores.prices.bars(query);
    while let Some(frame) = frames.try_next().await? {
        from = frame.time.last().copied().or(from);
        values.extend_from_slice(frame.column(BarColumn::Close).unwrap_or_default());
    }
    values.reverse();
    let Some((from, last)) = from.zip(values.last().copied()) else {
        return Ok(None);
    };
    Ok(Some(Closes {
        from: Timestamp::saturating(from),
        bars: values.len() as u64,
        low: values.iter().copied().fold(f64::INFINITY, f64::min),
        high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        last,
        sparkline: sparkline(&values, WIDTH),
    }))
}

/// Says which prices an instrument may have.
pub(super) fn prices(instrument: &Instrument) -> &'static str {
    if instrument.allows_nonpositive {
        "may be zero or negative"
    } else {
        "positive"
    }
}

impl SeriesReport {
    fn instrument_facts(&self) -> Vec<(&'static str, String)> {
        let Some(instrument) = &self.instrument else {
            return Vec::new();
        };
        let currency = instrument
            .currency
            .as_ref()
            .map_or_else(|| "not said".to_owned(), ToString::to_string);
        vec![
            ("class", instrument.asset_class.to_string()),
            ("currency", currency),
            ("zone", instrument.zone.to_string()),
            ("sessions", format!("{} a year", instrument.sessions_per_year)),
            ("prices", prices(instrument).to_owned()),
        ]
    }

    fn state_facts(&self) -> Vec<(&'static str, String)> {
        let SeriesHead {
            key,
            version,
            bars,
            first,
            last,
            gaps,
            digest,
            bytes,
            updated_at,
            ..
        } = &self.head;
        let span = format!(
            "{} to {}",
            times::maybe_bar_time(*first, key.timeframe),
            times::maybe_bar_time(*last, key.timeframe)
        );
        let by = self
            .commit
            .as_ref()
            .map_or_else(String::new, |commit| format!(" by {}", commit.author));
        let mut facts = vec![
            (
                "version",
                format!("{version}, {} UTC{by}", times::happened(*updated_at)),
            ),
            ("bars", numbers::count(*bars)),
            ("span", span),
            (
                "missing",
                format!("{} by its own calendar", numbers::count(*gaps)),
            ),
            ("size", numbers::bytes(*bytes)),
            ("digest", digest.to_string()),
        ];
        if let Some(commit) = &self.commit {
            facts.extend(commit.source_name.clone().map(|source| ("source", source)));
            facts.extend(commit.reason.clone().map(|reason| ("reason", reason)));
        }
        facts
    }
}

impl Report for SeriesReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}\n", self.head.key)?;
        let facts = self.instrument_facts().into_iter().chain(self.state_facts());
        write!(out, "{}", Table::of_pairs(facts))?;
        let Some(closes) = &self.closes else { return Ok(()) };
        let prices = numbers::prices(&[closes.low, closes.high, closes.last]);
        let from = times::bar_time(closes.from, self.head.key.timeframe);
        writeln!(out, "\n{}", closes.sparkline)?;
        writeln!(
            out,
            "closes since {from}: low {}, high {}, last {}",
            prices[0], prices[1], prices[2]
        )
    }
}
