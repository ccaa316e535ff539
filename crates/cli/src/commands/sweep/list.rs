//! `chandlery sweep list`

use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

use super::{newest, view::SweepView};
use crate::{
    output::{
        Report,
        figures::label,
        numbers,
        table::{Column, Table},
        times,
    },
    session::Session,
};

/// The arguments of `sweep list`.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// How many
    #[arg(short = 'n', long, default_value_t = 20)]
    limit: usize,
}

#[derive(Serialize)]
struct SweepsReport {
    sweeps: Vec<SweepView>,
    more: bool,
}

pub(super) async fn run(session: &Session, arguments: &ListArguments) -> anyhow::Result<()> {
    let (sweeps, more) = newest(session, arguments.limit).await?;
    let sweeps = sweeps.into_iter().map(SweepView::head).collect();
    session.print(&SweepsReport { sweeps, more })
}

impl Report for SweepsReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.sweeps.is_empty() {
            return writeln!(
                out,
                "No sweeps. `chandlery sweep STRATEGY --series KEY --grid NAME=VALUES` makes one."
            );
        }
        let columns = [
            Column::Left("sweep"),
            Column::Left("made (UTC)"),
            Column::Left("status"),
            Column::Left("strategy"),
            Column::Left("data"),
            Column::Left("grid"),
            Column::Right("runs"),
            Column::Left("by"),
            Column::Left("title"),
        ];
        let mut table = Table::new(&columns);
        for sweep in &self.sweeps {
            let data: Vec<String> = sweep
                .inputs
                .iter()
                .map(|input| format!("{}@{}", input.series, input.version))
                .collect();
            let axes: Vec<&str> = sweep.axes.iter().map(|axis| axis.name.as_str()).collect();
            table.row([
                sweep.id.to_string(),
                times::happened(sweep.created_at),
                sweep.status.to_string(),
                format!("{}@{}", sweep.strategy, sweep.version),
                data.join(", "),
                axes.join(" × "),
                numbers::count(sweep.runs()),
                label(&sweep.by),
                sweep.title.clone().unwrap_or_default(),
            ]);
        }
        write!(out, "{table}")?;
        if self.more {
            writeln!(out, "… there are earlier ones: --limit shows more")
        } else {
            Ok(())
        }
    }
}
