//! `chandlery series gaps`

use std::io::{self, Write};

use clap::Args;
use domain::{
    market::{Gap, GapsQuery, SeriesKey, TimeRange, Timestamp},
    page::PageRequest,
};
use serde::Serialize;

use super::head;
use crate::{
    output::{
        Report, counted, numbers,
        table::{Column, Table},
        times,
    },
    session::Session,
};

/// The arguments of `series gaps`.
#[derive(Debug, Args)]
pub(crate) struct GapsArguments {
    /// Which series
    #[arg(value_name = "VENUE:SYMBOL/TF")]
    series: SeriesKey,
    /// Gaps that begin at this time or later
    #[arg(long, value_name = "TIME")]
    start: Option<Timestamp>,
    /// Gaps that begin before this time
    #[arg(long, value_name = "TIME")]
    end: Option<Timestamp>,
    /// How many
    #[arg(short = 'n', long, default_value_t = 50)]
    limit: usize,
}

#[derive(Serialize)]
struct GapsReport {
    series: SeriesKey,
    missing: u64,
    gaps: Vec<Gap>,
    more: bool,
    /// How many missing bars are not listed, where the whole series was asked for.
    #[serde(skip)]
    left: Option<u64>,
}

pub(crate) async fn run(session: &Session, arguments: GapsArguments) -> anyhow::Result<()> {
    let GapsArguments {
        series,
        start,
        end,
        limit,
    } = arguments;
    let missing = head(session, &series).await?.gaps;
    let whole = start.is_none() && end.is_none();
    let range = TimeRange::new(start, end);
    let query = GapsQuery {
        key: series.clone(),
        range,
        page: PageRequest::first(limit),
    };
    let page = session.stores.prices.gaps(query).await?;
    let listed = page.items.iter().map(|gap| gap.missing).sum();
    session.print(&GapsReport {
        left: whole.then(|| missing.saturating_sub(listed)),
        series,
        missing,
        gaps: page.items,
        more: page.next.is_some(),
    })
}

impl Report for GapsReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self {
            series,
            missing,
            gaps,
            more,
            left,
        } = self;
        writeln!(
            out,
            "{series}: {} missing by its own calendar",
            counted(*missing, "bar")
        )?;
        if gaps.is_empty() {
            return Ok(());
        }
        let columns = [
            Column::Left("first missing"),
            Column::Left("last missing"),
            Column::Right("bars"),
        ];
        let mut table = Table::new(&columns);
        for gap in gaps {
            let [first, last] = [gap.first, gap.last].map(|time| times::bar_time(time, series.timeframe));
            table.row([first, last, numbers::count(gap.missing)]);
        }
        write!(out, "\n{table}")?;
        match (more, left) {
            (false, _) => Ok(()),
            (true, Some(left)) => writeln!(
                out,
                "… and further gaps with {}: --limit shows them",
                counted(*left, "missing bar")
            ),
            (true, None) => writeln!(out, "… there are more: --limit shows them"),
        }
    }
}
