//! `chandlery verify`

use std::io::{self, Write};

use app::verify::{RecordsCheck, Verification};
use clap::Args;
use domain::market::SeriesKey;
use serde::Serialize;

use crate::{
    failure::Exit,
    output::{
        Report, counted, numbers,
        table::{Column, Table},
    },
    session::Session,
};

/// The arguments of `verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// Which series; the whole store when none is named
    #[arg(value_name = "VENUE:SYMBOL/TF")]
    series: Vec<SeriesKey>,
}

#[derive(Serialize)]
#[serde(transparent)]
struct VerifyReport(Verification);

pub(crate) async fn run(session: &Session, arguments: VerifyArguments) -> anyhow::Result<Exit> {
    let found = app::verify::verify(&session.stores, arguments.series, &*session.progress).await?;
    let exit = if found.intact { Exit::Done } else { Exit::Different };
    session.print(&VerifyReport(found))?;
    Ok(exit)
}

impl Report for VerifyReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let Verification {
            intact,
            versions,
            chunks,
            bars,
            damages,
            series,
            records,
        } = &self.0;
        let columns = [
            Column::Left("series"),
            Column::Right("versions"),
            Column::Right("chunks"),
            Column::Right("bars"),
            Column::Left("result"),
        ];
        let mut table = Table::new(&columns);
        for check in series {
            let result = if check.damages.is_empty() {
                "intact"
            } else {
                "DAMAGED"
            };
            let [versions, chunks, bars] = [check.versions, check.chunks, check.bars].map(numbers::count);
            table.row([check.key.to_string(), versions, chunks, bars, result.to_owned()]);
        }
        if !series.is_empty() {
            writeln!(out, "{table}")?;
        }
        let of_series = series.iter().flat_map(|check| &check.damages);
        for damage in of_series.chain(records.iter().flat_map(|check| &check.damages)) {
            writeln!(out, "{}: {}", damage.entity, damage.problem)?;
        }
        let mut read = vec![
            counted(series.len() as u64, "series"),
            counted(*versions, "version"),
            counted(*chunks, "chunk"),
            counted(*bars, "bar"),
        ];
        read.extend(records.iter().flat_map(counts));
        let read = read.join(", ");
        if *intact {
            writeln!(out, "Everything matches: {read}.")
        } else {
            writeln!(out, "{} found in {read}.", counted(*damages, "difference"))
        }
    }

    fn is_summary(&self) -> bool {
        self.0.intact
    }
}

/// Tells how many records there are of each kind that a store has any of.
fn counts(records: &RecordsCheck) -> Vec<String> {
    let RecordsCheck {
        strategy_versions,
        backtests,
        sweeps,
        ..
    } = records;
    let kinds = [
        (
            *strategy_versions,
            "version of a strategy",
            "versions of strategies",
        ),
        (*backtests, "backtest", "backtests"),
        (*sweeps, "sweep", "sweeps"),
    ];
    let some = kinds.into_iter().filter(|(count, ..)| *count > 0);
    some.map(|(count, one, many)| {
        format!(
            "{} {}",
            numbers::count(count),
            if count == 1 { one } else { many }
        )
    })
    .collect()
}
