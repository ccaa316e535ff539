//! `chandlery series files`

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::Args;
use domain::market::SeriesKey;
use serde::Serialize;

use crate::{failure::UsageError, output::Report, session::Session};

/// The arguments of `series files`.
#[derive(Debug, Args)]
pub(crate) struct FilesArguments {
    /// Which series
    #[arg(value_name = "VENUE:SYMBOL/TF")]
    series: SeriesKey,
}

#[derive(Serialize)]
struct FilesReport {
    series: SeriesKey,
    files: Vec<PathBuf>,
}

pub(crate) async fn run(session: &Session, arguments: FilesArguments) -> anyhow::Result<()> {
    let Some(store) = &session.stores.files else {
        return Err(UsageError("this store keeps no files; use --store file:PATH".to_owned()).into());
    };
    let files = store.files(&arguments.series).await?;
    session.print(&FilesReport {
        series: arguments.series,
        files,
    })
}

impl Report for FilesReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        self.files
            .iter()
            .try_for_each(|file| writeln!(out, "{}", file.display()))
    }
}
