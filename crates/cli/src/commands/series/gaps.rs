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
}

pub(crate) async fn run(session: &Session, arguments: GapsArguments) -> anyhow::Result<()> {
    let GapsArguments {
        series,
        start,
        end,
        limit,
    } = arguments;
    let missing = head(session, &series).await?.gaps;
    let range = TimeRange::new(start, end);
    let query = GapsQuery {
        key: series.clone(),
        range,
        page: PageRequest::first(limit),
    };
    let page = session.stores.prices.gaps(query).await?;
    session.print(&GapsReport {
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
        if *more {
            writeln!(out, "… there are more: --limit shows them")
        } else {
            Ok(())
        }
    }
}
