//! CSV: reading it and writing it, against bare loops that do only what can't be left out.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use anyhow::{Context, Result, ensure};
use csv::ByteRecord;
use domain::market::{BarFrame, Bars, ColumnSet, Timestamp};
use interchange::{Format, encoder};

use crate::measure::{Aim, Comparison, Contender};

/// Writes bars to a file the way that `chandlery export` does.
pub(crate) fn write(bars: &Bars, path: &Path) -> Result<()> {
    let file = File::create(path).context("the CSV file can't be made")?;
    let mut encoder = encoder(Format::Csv, ColumnSet::ALL, file)?;
    encoder.write(&BarFrame::of(bars.clone(), ColumnSet::ALL))?;
    encoder.finish()?;
    Ok(())
}

/// Makes the least that reading a file of bars can be: the records of the `csv` crate, and every price and volume
/// parsed. Times are not even looked at.
pub(crate) fn bare_reading<'a>(path: &'a Path, bars: &'a Bars) -> Contender<'a> {
    Contender::new("bare loop (csv, fast-float2)", || {
        ensure!(read_bare(path)?[3] == bars.close(), "other bars were read");
        Ok(())
    })
}

/// Times writing `bars` to memory.
pub(crate) fn writing(bars: &Bars) -> Comparison<'_> {
    let frame = BarFrame::of(bars.clone(), ColumnSet::ALL);
    let ours = Contender::new("interchange", move || {
        let mut encoder = encoder(Format::Csv, ColumnSet::ALL, Vec::new())?;
        encoder.write(&frame)?;
        ensure!(encoder.finish()?.len() > bars.len() * 20, "the text is too short");
        Ok(())
    });
    let bare_loop = Contender::new("bare loop (std formatting)", || {
        ensure!(write_bare(bars)?.len() > bars.len() * 20, "the text is too short");
        Ok(())
    });
    Comparison {
        name: "write CSV",
        bars: bars.len() as u32,
        subject: ours,
        baseline: Some(bare_loop),
        aim: Aim::AtMost(1.0),
    }
}

/// Reads the prices and volumes of a file into columns and checks nothing but that there are numbers.
fn read_bare(path: &Path) -> Result<[Vec<f64>; 5]> {
    let mut reader = csv::ReaderBuilder::new()
        .buffer_capacity(1 << 16)
        .from_path(path)?;
    let mut record = ByteRecord::new();
    let mut columns: [Vec<f64>; 5] = Default::default();
    while reader.read_byte_record(&mut record)? {
        for (index, column) in columns.iter_mut().enumerate() {
            column.push(fast_float2::parse(&record[index + 1]).context("a number has another form")?);
        }
    }
    Ok(columns)
}

/// Writes the same text with nothing but the formatting of the standard library and of the calendar library.
fn write_bare(bars: &Bars) -> Result<Vec<u8>> {
    let mut out = BufWriter::with_capacity(1 << 16, Vec::new());
    writeln!(out, "time,open,high,low,close,volume")?;
    for bar in bars.rows() {
        let time = Timestamp::saturating(bar.time);
        writeln!(
            out,
            "{time},{},{},{},{},{}",
            bar.open, bar.high, bar.low, bar.close, bar.volume
        )?;
    }
    Ok(out.into_inner()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prices::minute_bars;

    #[test]
    fn the_bare_loops_do_what_they_are_timed_for() {
        let bars = minute_bars(500, 1).unwrap();
        let text = write_bare(&bars).unwrap();
        let mut encoder = encoder(Format::Csv, ColumnSet::ALL, Vec::new()).unwrap();
        encoder
            .write(&BarFrame::of(bars.clone(), ColumnSet::ALL))
            .unwrap();
        assert_eq!(
            String::from_utf8(text),
            String::from_utf8(encoder.finish().unwrap())
        );
    }
}
