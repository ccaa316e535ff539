//! `chandlery series list`

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use domain::{
    market::{Order, SeriesFilter, SeriesHead, SeriesQuery, SeriesSort, Symbol, Timeframe, Venue},
    page::PageRequest,
};
use serde::Serialize;

use crate::{
    output::{
        Report, counted, numbers,
        table::{Column, Table},
        times,
    },
    session::Session,
};

const PAGE: usize = 500;

/// The arguments of `series list`.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Those whose name holds this text
    text: Option<String>,
    /// Those of one venue
    #[arg(long)]
    venue: Option<Venue>,
    /// Those of one symbol
    #[arg(long)]
    symbol: Option<Symbol>,
    /// Those of one timeframe
    #[arg(long, value_name = "TF")]
    timeframe: Option<Timeframe>,
    /// Sorted by what
    #[arg(long, value_enum, default_value_t = Sort::Key)]
    sort: Sort,
    /// The greatest first
    #[arg(long)]
    desc: bool,
    /// How many; all when not given
    #[arg(short = 'n', long)]
    limit: Option<usize>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Sort {
    /// Venue, symbol and timeframe
    Key,
    /// The number of bars
    Bars,
    /// The first bar
    First,
    /// The last bar
    Last,
    /// The number of missing bars
    Gaps,
    /// The newest commit
    Updated,
}

impl From<Sort> for SeriesSort {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Key => Self::Key,
            Sort::Bars => Self::Bars,
            Sort::First => Self::First,
            Sort::Last => Self::Last,
            Sort::Gaps => Self::Gaps,
            Sort::Updated => Self::Updated,
        }
    }
}

#[derive(Serialize)]
struct SeriesListReport {
    series: Vec<SeriesHead>,
}

pub(crate) async fn run(session: &Session, arguments: ListArguments) -> anyhow::Result<()> {
    let ListArguments {
        text,
        venue,
        symbol,
        timeframe,
        sort,
        desc,
        limit,
    } = arguments;
    let limit = limit.unwrap_or(usize::MAX);
    let order = if desc { Order::Descending } else { Order::Ascending };
    let filter = SeriesFilter {
        venue,
        symbol,
        timeframe,
        text,
    };
    let mut series = Vec::new();
    let mut page = PageRequest::first(PAGE.min(limit));
    while series.len() < limit {
        let query = SeriesQuery {
            filter: filter.clone(),
            sort: sort.into(),
            order,
            page,
        };
        let found = session.stores.prices.list(query).await?;
        series.extend(found.items);
        let Some(position) = found.next else { break };
        page = PageRequest::first(PAGE.min(limit.saturating_sub(series.len()))).after(position);
    }
    session.print(&SeriesListReport { series })
}

impl Report for SeriesListReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.series.is_empty() {
            return writeln!(
                out,
                "No series. `chandlery import FILE` brings some in, `chandlery sample` makes some up."
            );
        }
        let columns = [
            Column::Left("series"),
            Column::Right("version"),
            Column::Right("bars"),
            Column::Left("first (UTC)"),
            Column::Left("last (UTC)"),
            Column::Right("gaps"),
            Column::Right("size"),
            Column::Left("updated (UTC)"),
        ];
        let mut table = Table::new(&columns);
        for head in &self.series {
            table.row([
                head.key.to_string(),
                head.version.to_string(),
                numbers::count(head.bars),
                times::maybe_bar_time(head.first, head.key.timeframe),
                times::maybe_bar_time(head.last, head.key.timeframe),
                numbers::count(head.gaps),
                numbers::bytes(head.bytes),
                times::happened(head.updated_at),
            ]);
        }
        let bars = self.series.iter().map(|head| head.bars).sum();
        let bytes = self.series.iter().map(|head| head.bytes).sum();
        let series = counted(self.series.len() as u64, "series");
        writeln!(
            out,
            "{table}\n{series}, {}, {}",
            counted(bars, "bar"),
            numbers::bytes(bytes)
        )
    }
}
