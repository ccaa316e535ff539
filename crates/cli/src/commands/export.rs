//! `chandlery export`

use std::{
    ffi::OsString,
    fs::File,
    io::{self, BufWriter, IsTerminal, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use app::export::{ExportError, ExportRequest, Exported, export};
use clap::Args;
use domain::market::{AsOf, ColumnSet, Order, SeriesKey, TimeRange, Timeframe, Timestamp};
use interchange::{Format, WriteError};
use serde::Serialize;

use crate::{
    failure::{Exit, UsageError},
    output::{OutputClosed, Report, counted, numbers, times},
    session::Session,
};

pub(crate) const EXAMPLES: &str = "Examples:
  chandlery export NASDAQ:GOOG/1d > goog.csv
  chandlery export NASDAQ:GOOG/1d --start 2012-01-01 --resample 1w -o goog-weekly.parquet
  chandlery export NASDAQ:GOOG/1d --as-of 1 --columns time,close";

/// The arguments of `export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// Which series
    #[arg(value_name = "VENUE:SYMBOL/TF")]
    series: SeriesKey,
    /// From this time on (2024-05-01, 2024-05-01T13:30:00Z)
    #[arg(long, value_name = "TIME")]
    start: Option<Timestamp>,
    /// Up to this time, without it
    #[arg(long, value_name = "TIME")]
    end: Option<Timestamp>,
    /// As the series was in a version or at a time
    #[arg(long, value_name = "VERSION|TIME", default_value = "head")]
    as_of: AsOf,
    /// As longer bars, with a column that tells which are complete
    #[arg(long, value_name = "TF")]
    resample: Option<Timeframe>,
    /// Which columns
    #[arg(long, value_name = "LIST", default_value = "time,open,high,low,close,volume")]
    columns: ColumnSet,
    /// csv, json (columns), rows (JSON), arrow (stream), arrow-zstd or parquet; by default what the file's name ends in,
    /// else csv
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Into this file instead of standard output; it appears when it is whole
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Serialize)]
struct ExportReport {
    #[serde(flatten)]
    exported: Exported,
    file: PathBuf,
    bytes: u64,
}

pub(crate) async fn run(session: &Session, arguments: ExportArguments) -> anyhow::Result<Exit> {
    let to_stdout = arguments
        .output
        .as_deref()
        .is_none_or(|path| path == Path::new("-"));
    let file = arguments.output.clone().filter(|_| !to_stdout);
    let format = format(arguments.format, file.as_deref(), session.output.json)?;
    let request = ExportRequest {
        key: arguments.series,
        as_of: arguments.as_of,
        range: TimeRange::new(arguments.start, arguments.end),
        resample: arguments.resample,
        limit: None,
        order: Order::Ascending,
        columns: arguments.columns,
        format,
    };
    match file {
        Some(file) => {
            let report = to_file(session, request, file).await?;
            session.print(&report)?;
        }
        None => to_standard_output(session, request).await?,
    }
    Ok(Exit::Done)
}

/// Chooses the format: what was asked for, what the file's name says, else CSV. With `--json`, standard output takes
/// nothing but JSON.
fn format(asked: Option<Format>, file: Option<&Path>, json: bool) -> Result<Format, UsageError> {
    let json_only = json && file.is_none();
    if let Some(format) = asked {
        if json_only && !matches!(format, Format::Json | Format::Rows) {
            return Err(UsageError(format!(
                "--json prints one JSON document; write {format} to a file with -o"
            )));
        }
        return Ok(format);
    }
    let extension = file
        .and_then(Path::extension)
        .and_then(|extension| extension.to_str());
    Ok(match extension {
        _ if json_only => Format::Json,
        Some("arrow" | "arrows") => Format::Arrow,
        Some("parquet") => Format::Parquet,
        Some("json") => Format::Json,
        _ => Format::Csv,
    })
}

async fn to_standard_output(session: &Session, request: ExportRequest) -> anyhow::Result<()> {
    let is_binary = !request.format.is_text();
    if is_binary && io::stdout().is_terminal() {
        let text = format!(
            "{} is no text for a terminal; write it to a file with -o",
            request.format
        );
        return Err(UsageError(text).into());
    }
    let out = BufWriter::with_capacity(1 << 16, io::stdout());
    match export(&session.stores, request, out, &*session.progress).await {
        Ok(_) => Ok(()),
        Err(error) if is_closed(&error) => Err(OutputClosed.into()),
        Err(error) => Err(error.into()),
    }
}

fn is_closed(error: &ExportError) -> bool {
    matches!(error, ExportError::Write(WriteError::Io(cause)) if cause.kind() == io::ErrorKind::BrokenPipe)
}

async fn to_file(session: &Session, request: ExportRequest, file: PathBuf) -> anyhow::Result<ExportReport> {
    let partial = partial_name(&file)?;
    let shown = || format!("{} can't be written", file.display());
    let out = BufWriter::with_capacity(1 << 16, File::create(&partial).with_context(shown)?);
    let written = export(&session.stores, request, out, &*session.progress).await;
    let finished = match written {
        Ok((exported, out)) => finish(out, &partial, &file)
            .with_context(shown)
            .map(|bytes| (exported, bytes)),
        Err(error) => Err(error.into()),
    };
    match finished {
        Ok((exported, bytes)) => Ok(ExportReport {
            exported,
            file,
            bytes,
        }),
        Err(error) => {
            // What is half written is of no use; that it can't be removed either is not what went wrong.
            drop(std::fs::remove_file(&partial));
            Err(error)
        }
    }
}

fn partial_name(file: &Path) -> Result<PathBuf, UsageError> {
    let name = file
        .file_name()
        .ok_or_else(|| UsageError(format!("{} names no file", file.display())))?;
    let mut partial = OsString::from(".");
    partial.push(name);
    partial.push(".partial");
    Ok(file.with_file_name(partial))
}

fn finish(out: BufWriter<File>, partial: &Path, file: &Path) -> io::Result<u64> {
    let out = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    out.sync_all()?;
    let bytes = out.metadata()?.len();
    std::fs::rename(partial, file)?;
    Ok(bytes)
}

impl Report for ExportReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let Exported {
            key,
            version,
            timeframe,
            bars,
            first,
            last,
            format,
            ..
        } = &self.exported;
        let longer = if *timeframe == key.timeframe {
            String::new()
        } else {
            format!(" as {timeframe}")
        };
        writeln!(
            out,
            "{} of {key}{longer}, version {version}, to {} ({format}, {})",
            counted(*bars, "bar"),
            self.file.display(),
            numbers::bytes(self.bytes)
        )?;
        match first.zip(*last) {
            Some((first, last)) => {
                let [first, last] = [first, last].map(|time| times::bar_time(time, *timeframe));
                writeln!(out, "from {first} to {last}")
            }
            None => Ok(()),
        }
    }

    fn is_summary(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(None, None, false, Some(Format::Csv))]
    #[case(None, Some("a.parquet"), false, Some(Format::Parquet))]
    #[case(None, Some("a.arrow"), true, Some(Format::Arrow))]
    #[case(Some(Format::Csv), Some("a.parquet"), false, Some(Format::Csv))]
    #[case(None, None, true, Some(Format::Json))]
    #[case(Some(Format::Rows), None, true, Some(Format::Rows))]
    #[case(Some(Format::Csv), None, true, None)]
    #[case(Some(Format::Csv), Some("a.csv"), true, Some(Format::Csv))]
    fn the_format_follows_the_flag_then_the_name(
        #[case] asked: Option<Format>,
        #[case] file: Option<&str>,
        #[case] json: bool,
        #[case] expected: Option<Format>,
    ) {
        assert_eq!(format(asked, file.map(Path::new), json).ok(), expected);
    }
}
