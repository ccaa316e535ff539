//! `chandlery sample`

use std::io::{self, Write};

use app::sample::Sampled;
use clap::Args;
use serde::Serialize;

use crate::{
    failure::Exit,
    output::{
        Report, numbers,
        table::{Column, Table},
        times,
    },
    session::Session,
};

/// The arguments of `sample`.
#[derive(Debug, Args)]
pub(crate) struct SampleArguments {
    /// Draws other prices; the same seed always draws the same
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Serialize)]
#[serde(transparent)]
struct SampleReport(Sampled);

pub(crate) async fn run(session: &Session, arguments: &SampleArguments) -> anyhow::Result<Exit> {
    let author = session.author.clone();
    let sampled = app::sample::sample(&session.stores, arguments.seed, author, &*session.progress).await?;
    session.print(&SampleReport(sampled))?;
    Ok(Exit::Done)
}

impl Report for SampleReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let Sampled { seed, series } = &self.0;
        writeln!(
            out,
            "Synthetic data (seed {seed}): nothing of it was ever traded.\n"
        )?;
        let columns = [
            Column::Left("series"),
            Column::Right("bars"),
            Column::Left("first"),
            Column::Left("last"),
            Column::Left("version"),
        ];
        let mut table = Table::new(&columns);
        for sampled in series {
            let version = sampled
                .version
                .map_or("was there already".to_owned(), |version| version.to_string());
            let timeframe = sampled.key.timeframe;
            table.row([
                sampled.key.to_string(),
                numbers::count(sampled.bars),
                times::maybe_bar_time(sampled.first, timeframe),
                times::maybe_bar_time(sampled.last, timeframe),
                version,
            ]);
        }
        write!(out, "{table}")
    }

    fn is_summary(&self) -> bool {
        true
    }
}
