//! pyarrow reading the one equal file into pandas, in a Python that stays alive between the runs.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result, ensure};

const SCRIPT: &str = "
import sys
import pyarrow.parquet
for _ in sys.stdin:
    frame = pyarrow.parquet.read_table(sys.argv[1]).to_pandas()
    print(len(frame), flush=True)
";

/// A running Python.
pub(crate) struct Pandas {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Pandas {
    /// Starts `python` and lets it import what it needs.
    pub(crate) fn start(python: &Path, file: &Path) -> Result<Self> {
        let mut child = Command::new(python)
            .args(["-c", SCRIPT])
            .arg(file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("Python can't be started")?;
        let ask = child.stdin.take().context("Python has a standard input")?;
        let answers = BufReader::new(child.stdout.take().context("Python has a standard output")?);
        let mut pandas = Self { child, ask, answers };
        pandas.read()?;
        Ok(pandas)
    }

    /// Reads the file into a frame and returns how many rows it has.
    pub(crate) fn read(&mut self) -> Result<usize> {
        writeln!(self.ask, "read")?;
        let mut answer = String::new();
        ensure!(self.answers.read_line(&mut answer)? > 0, "Python gave up");
        answer
            .trim()
            .parse()
            .context("Python did not answer with a number of rows")
    }
}

impl Drop for Pandas {
    fn drop(&mut self) {
        // It has nothing to lose, and an error here would hide the benchmark's own.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
