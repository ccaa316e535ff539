//! The results as a table for people and as a section of the manual.

use std::{fmt::Write, time::Duration};

use crate::measure::{Aim, Measurement, Size, Timing};

/// Everything that was measured, and on what.
pub(crate) struct Report {
    /// How many bars the series has.
    pub(crate) rows: u32,
    /// How many runs a median is made of.
    pub(crate) rounds: u32,
    /// What the prices were derived from.
    pub(crate) seed: u64,
    /// The results.
    pub(crate) measurements: Vec<Measurement>,
    /// What things take on the disk.
    pub(crate) sizes: Vec<Size>,
}

const HEADER: [&str; 6] = ["what", "subject", "baseline", "ratio", "aim", "met"];

impl Report {
    /// Returns the results as a table with aligned columns.
    pub(crate) fn table(&self) -> String {
        let mut lines = vec![HEADER.map(str::to_owned)];
        lines.extend(self.measurements.iter().map(cells));
        lines.extend(self.sizes.iter().map(size_cells));
        let widths: [usize; HEADER.len()] = std::array::from_fn(|column| {
            lines
                .iter()
                .map(|line| line[column].chars().count())
                .max()
                .unwrap_or_default()
        });
        let mut table = String::new();
        for line in &lines {
            let padded: Vec<String> = line
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            table.push_str(padded.join("  ").trim_end());
            table.push('\n');
        }
        table
    }

    /// Returns the results as a section of a markdown document.
    pub(crate) fn markdown(&self) -> String {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        let mut text = format!(
            "## Measured\n\n\
             {} one-minute bars from seed {}, medians of {} interleaved runs, `cargo xtask bench`, {} on {}, {cores} \
             cores. A ratio is the subject's time over the baseline's.\n\n",
            self.rows,
            self.seed,
            self.rounds,
            std::env::consts::OS,
            std::env::consts::ARCH,
        );
        let mut line = |cells: &[String]| {
            // A `String` takes whatever is written to it.
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        };
        line(&HEADER.map(str::to_owned));
        line(&HEADER.map(|_| "---".to_owned()));
        for measurement in &self.measurements {
            line(&cells(measurement));
        }
        for size in &self.sizes {
            line(&size_cells(size));
        }
        text
    }
}

fn cells(measurement: &Measurement) -> [String; HEADER.len()] {
    let none = || "–".to_owned();
    let side = |timing: &Timing| {
        let rate = f64::from(measurement.bars) / timing.median.as_secs_f64() / 1e6;
        let (fastest, slowest) = (millis(timing.fastest), millis(timing.slowest));
        let median = millis(timing.median);
        format!(
            "{}: {median} ms ({fastest} to {slowest}), {rate:.1} M bars/s",
            timing.label
        )
    };
    [
        measurement.name.to_owned(),
        side(&measurement.subject),
        measurement.baseline.as_ref().map_or_else(none, side),
        measurement.ratio().map_or_else(none, shown_ratio),
        match measurement.aim {
            Aim::AtMost(most) => format!("at most {most:.3}")
                .trim_end_matches('0')
                .trim_end_matches('.')
                .to_owned(),
            Aim::Within(most) => format!("at most {} ms", millis(most)),
            Aim::None => none(),
        },
        measurement
            .is_met()
            .map_or_else(none, |met| if met { "yes" } else { "no" }.to_owned()),
    ]
}

fn size_cells(size: &Size) -> [String; HEADER.len()] {
    let shown = |(label, bytes): (&str, f64)| format!("{label}: {bytes:.2}");
    let (aim, met) = match size.aim {
        Aim::AtMost(most) => (format!("at most {most}"), size.subject.1 <= most),
        Aim::Within(_) | Aim::None => ("–".to_owned(), true),
    };
    [
        size.name.to_owned(),
        shown(size.subject),
        shown(size.baseline),
        format!("{:.2}", size.subject.1 / size.baseline.1),
        aim,
        if met { "yes" } else { "no" }.to_owned(),
    ]
}

/// A small ratio is told as finely as its aim.
fn shown_ratio(ratio: f64) -> String {
    if ratio < 0.01 {
        format!("{ratio:.4}")
    } else {
        format!("{ratio:.2}")
    }
}

fn millis(time: Duration) -> String {
    let millis = time.as_secs_f64() * 1e3;
    if millis < 10.0 {
        format!("{millis:.2}")
    } else {
        format!("{millis:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let timing = |label, ms| {
            let time = Duration::from_millis(ms);
            Timing {
                label,
                median: time,
                fastest: Duration::from_millis(ms - 1),
                slowest: time * 2,
            }
        };
        let reading = Measurement {
            name: "reading",
            bars: 1_000_000,
            subject: timing("ours", 300),
            baseline: Some(timing("bare loop", 200)),
            aim: Aim::AtMost(1.25),
        };
        let alone = Measurement {
            name: "alone",
            subject: timing("ours", 5),
            baseline: None,
            ..reading.clone()
        };
        Report {
            rows: 1_000_000,
            rounds: 7,
            seed: 1,
            measurements: vec![reading, alone],
            sizes: Vec::new(),
        }
    }

    #[test]
    fn the_table_is_aligned_and_tells_what_was_missed() {
        let table = report().table();
        let lines: Vec<&str> = table.lines().collect();
        let place = |line: &str, text: &str| line.split_once(text).map(|(before, _)| before.chars().count());
        assert_eq!(place(lines[0], "ratio"), place(lines[1], "1.50"));
        assert_eq!(place(lines[0], "aim"), place(lines[2], "at most 1.25"));
        assert!(
            lines[1].contains("ours: 300 ms (299 to 600), 3.3 M bars/s"),
            "{}",
            lines[1]
        );
        assert!(lines[1].ends_with("no") && lines[2].ends_with('–'), "{table}");
    }

    #[test]
    fn the_section_has_a_row_a_measurement() {
        let markdown = report().markdown();
        assert!(markdown.starts_with("## Measured\n"), "{markdown}");
        let rows: Vec<&str> = markdown.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(rows.len(), 4);
        assert!(
            rows.iter()
                .all(|row| row.matches('|').count() == HEADER.len() + 1)
        );
    }
}
