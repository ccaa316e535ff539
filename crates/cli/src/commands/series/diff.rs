//! `chandlery series diff`

use std::io::{self, Write};

use app::import::BarValues;
use clap::Args;
use domain::market::{Bar, SeriesKey, Timeframe, Timestamp, Version};
use futures::TryStreamExt;
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

/// The arguments of `series diff`.
#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// Which series
    #[arg(value_name = "VENUE:SYMBOL/TF")]
    series: SeriesKey,
    /// The earlier version; 0 is the empty series
    #[arg(long, value_name = "VERSION")]
    from: u64,
    /// The later version; the newest when not given
    #[arg(long, value_name = "VERSION")]
    to: Option<u64>,
    /// How many bars are listed; all are counted
    #[arg(short = 'n', long, default_value_t = 50)]
    limit: usize,
}

/// A bar that differs: new without `before`, gone without `after`.
#[derive(Serialize)]
struct DifferentBar {
    time: Timestamp,
    before: Option<BarValues>,
    after: Option<BarValues>,
}

#[derive(Serialize)]
struct DiffReport {
    series: SeriesKey,
    from: Version,
    to: Version,
    inserted: u64,
    changed: u64,
    deleted: u64,
    bars: Vec<DifferentBar>,
}

pub(crate) async fn run(session: &Session, arguments: DiffArguments) -> anyhow::Result<()> {
    let DiffArguments {
        series,
        from,
        to,
        limit,
    } = arguments;
    let to = match to {
        Some(to) => Version(to),
        None => head(session, &series).await?.version,
    };
    let mut batches = session.stores.prices.diff(&series, Version(from), to);
    let mut report = DiffReport {
        series: series.clone(),
        from: Version(from),
        to,
        inserted: 0,
        changed: 0,
        deleted: 0,
        bars: Vec::new(),
    };
    while let Some(batch) = batches.try_next().await? {
        report.inserted += batch.inserted.len() as u64;
        report.changed += batch.after.len() as u64;
        report.deleted += batch.deleted.len() as u64;
        let room = limit.saturating_sub(report.bars.len());
        let bar = |before: Option<Bar>, after: Option<Bar>, time: i64| DifferentBar {
            time: Timestamp::saturating(time),
            before: before.map(BarValues::from),
            after: after.map(BarValues::from),
        };
        let inserted = batch
            .inserted
            .rows()
            .take(room)
            .map(|after| bar(None, Some(after), after.time));
        let deleted = batch
            .deleted
            .rows()
            .take(room)
            .map(|before| bar(Some(before), None, before.time));
        let pairs = batch.before.rows().zip(batch.after.rows()).take(room);
        let changed = pairs.map(|(before, after)| bar(Some(before), Some(after), after.time));
        let mut listed: Vec<_> = inserted.chain(deleted).chain(changed).collect();
        listed.sort_by_key(|bar| bar.time);
        listed.truncate(room);
        report.bars.extend(listed);
    }
    session.print(&report)
}

impl Report for DiffReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self {
            series,
            from,
            to,
            inserted,
            changed,
            deleted,
            bars,
        } = self;
        let [new, changes, gone] = [inserted, changed, deleted].map(|count| numbers::count(*count));
        writeln!(
            out,
            "{series}, version {from} to {to}: {new} new, {changes} changed, {gone} deleted"
        )?;
        if bars.is_empty() {
            return Ok(());
        }
        write!(out, "\n{}", table(bars, series.timeframe))?;
        let more = inserted + changed + deleted - bars.len() as u64;
        if more > 0 {
            writeln!(out, "… and {}: --limit shows more", counted(more, "more bar"))
        } else {
            Ok(())
        }
    }
}

fn table(bars: &[DifferentBar], timeframe: Timeframe) -> Table {
    let columns = [
        Column::Left("time (UTC)"),
        Column::Left(""),
        Column::Right("open"),
        Column::Right("high"),
        Column::Right("low"),
        Column::Right("close"),
        Column::Right("volume"),
    ];
    let mut table = Table::new(&columns);
    let rows = bars.iter().flat_map(|bar| {
        let time = times::bar_time(bar.time, timeframe);
        match (&bar.before, &bar.after) {
            (Some(before), Some(after)) => vec![(time, "before", *before), (String::new(), "after", *after)],
            (None, Some(after)) => vec![(time, "new", *after)],
            (Some(before), None) => vec![(time, "deleted", *before)],
            (None, None) => Vec::new(),
        }
    });
    let rows: Vec<_> = rows.collect();
    let flat: Vec<f64> = rows
        .iter()
        .flat_map(|(.., values)| [values.open, values.high, values.low, values.close])
        .collect();
    for ((time, label, values), prices) in rows.iter().zip(numbers::prices(&flat).chunks_exact(4)) {
        let lead = [time.clone(), (*label).to_owned()];
        table.row(
            lead.into_iter()
                .chain(prices.iter().cloned())
                .chain([numbers::volume(values.volume)]),
        );
    }
    table
}
