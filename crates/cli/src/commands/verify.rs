//! `chandlery verify`

use std::io::{self, Write};

use app::verify::Verification;
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
    /// Which series; all of them when none is named
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
        for damage in series.iter().flat_map(|check| &check.damages) {
            writeln!(out, "{}: {}", damage.entity, damage.problem)?;
        }
        let read = [
            counted(series.len() as u64, "series"),
            counted(*versions, "version"),
            counted(*chunks, "chunk"),
            counted(*bars, "bar"),
        ];
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
