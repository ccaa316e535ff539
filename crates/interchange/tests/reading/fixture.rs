//! Files in a temporary folder, and reading them from end to end.

use std::{
    fs,
    path::{Path, PathBuf},
};

use domain::market::{Bars, Symbol, Timestamp, Zone};
use interchange::{
    InputFile, NoProgress, ReadError, ReadOptions, ReadReport, Refusal, Scanned, SeriesRules, find_inputs,
    scan,
};

/// Files, mostly in a folder that is removed with this value.
pub(crate) struct Folder {
    folder: Option<tempfile::TempDir>,
    paths: Vec<PathBuf>,
}

/// What was read.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) report: ReadReport,
    pub(crate) series: Vec<Bars>,
}

impl Folder {
    pub(crate) fn of(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths = files.iter().map(|(name, bytes)| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, bytes).unwrap();
            path
        });
        let paths = paths.collect();
        Self {
            folder: Some(folder),
            paths,
        }
    }

    /// Names a file that is there already.
    pub(crate) fn at(path: &Path) -> Self {
        Self {
            folder: None,
            paths: vec![path.to_owned()],
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.as_ref().unwrap().path().to_owned()
    }

    pub(crate) fn inputs(&self, options: &ReadOptions) -> Result<Vec<InputFile>, ReadError> {
        find_inputs(&self.paths, options)
    }

    pub(crate) fn scan(&self, options: &ReadOptions) -> Result<Scanned, ReadError> {
        scan(&self.inputs(options)?, options, &NoProgress)
    }

    pub(crate) fn read(&self, options: &ReadOptions) -> Result<Outcome, ReadError> {
        check(self.scan(options)?, &rules())
    }
}

/// Checks with the same rules for every series.
pub(crate) fn check(scanned: Scanned, rules: &SeriesRules) -> Result<Outcome, ReadError> {
    let rules = vec![rules.clone(); scanned.series().len()];
    let reading = scanned.check(&rules)?;
    let report = reading.report().clone();
    let series = (0..report.series.len())
        .map(|index| whole(reading.bars(index)))
        .collect();
    Ok(Outcome { report, series })
}

fn whole(batches: impl Iterator<Item = Result<Bars, ReadError>>) -> Bars {
    let batches: Vec<Bars> = batches.map(Result::unwrap).collect();
    Bars::concat(&batches).unwrap()
}

pub(crate) fn rules() -> SeriesRules {
    SeriesRules {
        allows_nonpositive: false,
        stored_time: None,
        zone: Zone::UTC,
    }
}

/// Reads one file with default options.
pub(crate) fn read(name: &str, text: &str) -> Result<Outcome, ReadError> {
    read_with(name, text, &ReadOptions::default())
}

pub(crate) fn read_with(name: &str, text: &str, options: &ReadOptions) -> Result<Outcome, ReadError> {
    Folder::of(&[(name, text.as_bytes())]).read(options)
}

pub(crate) fn in_zone(zone: &str) -> ReadOptions {
    ReadOptions {
        zone: Some(zone.parse().unwrap()),
        ..ReadOptions::default()
    }
}

pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, ReadError>) -> Refusal {
    match result.unwrap_err() {
        ReadError::Refused(refusal) => refusal,
        other => panic!("not refused but: {other}"),
    }
}

pub(crate) fn micros(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().micros()
}

/// The opening times of bars.
pub(crate) fn times(bars: &Bars) -> Vec<String> {
    bars.time()
        .iter()
        .map(|time| Timestamp::saturating(*time).to_string())
        .collect()
}

impl Outcome {
    pub(crate) fn only(&self) -> &Bars {
        assert_eq!(self.series.len(), 1, "{:?}", self.report.series);
        &self.series[0]
    }

    /// The dialect that the first file was read in.
    pub(crate) fn dialect(&self) -> &str {
        &self.report.files[0].dialect
    }

    pub(crate) fn has_note(&self, wanted: &str) -> bool {
        self.report.files[0].notes.iter().any(|note| note == wanted)
    }

    /// Symbol, timeframe and number of bars of each series.
    pub(crate) fn named_series(&self) -> Vec<(&str, String, usize)> {
        let reports = self.report.series.iter().zip(&self.series);
        reports
            .map(|(report, bars)| {
                let symbol = report.symbol.as_ref().map_or("", Symbol::as_str);
                (symbol, report.timeframe.to_string(), bars.len())
            })
            .collect()
    }

    /// Line, column and rule of each rejected row.
    pub(crate) fn rejected(&self) -> Vec<(u64, &str, &str)> {
        let rows = self.report.rejected.iter();
        rows.map(|row| (row.line, row.column.as_str(), row.rule.as_str()))
            .collect()
    }
}
