//! A Python that stays alive between the runs, so that only what it is asked for is timed.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};

/// Reads the Parquet file that it is given, into pandas.
pub(crate) const PARQUET_TO_PANDAS: &str = "
import sys
import pyarrow.parquet
for _ in sys.stdin:
    frame = pyarrow.parquet.read_table(sys.argv[1]).to_pandas()
    print(len(frame), flush=True)
";

/// Reads an Arrow stream from the URL that it is given.
pub(crate) const ARROW_FROM_URL: &str = "
import sys, urllib.request
import pyarrow.ipc
for _ in sys.stdin:
    with urllib.request.urlopen(sys.argv[1]) as answer:
        table = pyarrow.ipc.open_stream(answer).read_all()
    print(table.num_rows, flush=True)
";

/// Reads pages of JSON rows from the URL that it is given, as far as their links lead.
pub(crate) const ROWS_FROM_URL: &str = "
import json, re, sys, urllib.parse, urllib.request
for _ in sys.stdin:
    url, rows = sys.argv[1], 0
    while url:
        with urllib.request.urlopen(url) as answer:
            rows += len(json.load(answer))
            link = re.match('<([^>]+)>', answer.headers.get('Link') or '')
        url = urllib.parse.urljoin(url, link.group(1)) if link else None
    print(rows, flush=True)
";

/// Puts the CSV file into an `ArcticDB` on LMDB in the folder, both named with a `|` between them, and reads it from
/// there.
pub(crate) const ARCTIC_TO_PANDAS: &str = "
import shutil, sys
import pandas
import arcticdb
csv, folder = sys.argv[1].split('|')
shutil.rmtree(folder, ignore_errors=True)
library = arcticdb.Arctic('lmdb://' + folder).get_library('bench', create_if_missing=True)
frame = pandas.read_csv(csv, index_col=0, parse_dates=[0])
frame.index = frame.index.tz_localize(None).astype('datetime64[ns]')
library.write('series', frame)
for _ in sys.stdin:
    print(len(library.read('series').data), flush=True)
";

/// A running Python.
pub(crate) struct Python {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// Starts `python` and lets it import what `script` needs; `argument` is what it reads.
    pub(crate) fn start(python: &Path, script: &str, argument: impl AsRef<OsStr>) -> Result<Self> {
        let mut child = Command::new(python)
            .args(["-c", script])
            .arg(argument)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("Python can't be started")?;
        let ask = child.stdin.take().context("Python has a standard input")?;
        let answers = BufReader::new(child.stdout.take().context("Python has a standard output")?);
        let mut python = Self { child, ask, answers };
        python.answer()?;
        Ok(python)
    }

    /// Reads once and returns how many rows there are.
    pub(crate) fn read(&mut self) -> Result<usize> {
        let answer = self.answer()?;
        answer
            .trim()
            .parse()
            .context("Python did not answer with a number of rows")
    }

    /// Runs once and returns how long it took by Python's own clock, and a count of what was done.
    pub(crate) fn timed(&mut self) -> Result<(Duration, usize)> {
        let answer = self.answer()?;
        let (took, count) = answer
            .trim()
            .split_once(' ')
            .context("Python did not answer with a time and a count")?;
        Ok((Duration::from_nanos(took.parse()?), count.parse()?))
    }

    fn answer(&mut self) -> Result<String> {
        writeln!(self.ask, "read")?;
        let mut answer = String::new();
        ensure!(self.answers.read_line(&mut answer)? > 0, "Python gave up");
        Ok(answer)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // It has nothing to lose, and an error here would hide the benchmark's own.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
