//! Checking parsed rows against the rules of their series, and the report of it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use domain::market::{RejectedRow, Timestamp};

use super::{
    PreviewBar, ReadError, ReadOptions, Reading, Scanned, SeriesReport, SeriesRules, Stamp, Warning,
    judge::{Judge, Law, Placed, Verdict, explain},
    local::LocalClock,
    parse::ParsedFile,
    reading::SeriesRows,
    recall::{RowText, recall},
    rejections::Rejections,
    row::Row,
    scan::{FoundSeries, report_so_far, too_many},
    survey::{Survey, placed},
    time::{DAY, SECOND},
    watch::{Oddity, Watch},
};

/// How many of the first and last bars a report shows.
const PREVIEW: usize = 10;

pub(super) fn check(scanned: Scanned, rules: &[SeriesRules]) -> Result<Reading, ReadError> {
    let Scanned {
        series,
        slots,
        rows,
        files,
        mut rejections,
        options,
    } = scanned;
    let stamps: Arc<[Stamp]> = files.iter().map(|file| file.report.stamp).collect();
    let names: Arc<[String]> = files.iter().map(|file| file.input.name().to_owned()).collect();
    let mut reports = Vec::with_capacity(series.len());
    let mut ready = Vec::with_capacity(series.len());
    let mut oddities = Vec::new();
    for ((found, slots), rules) in series.iter().zip(slots).zip(rules) {
        let mut law = Law {
            timeframe: found.timeframe,
            zone: rules.zone.clone(),
            allows_nonpositive: rules.allows_nonpositive,
            duplicates: options.duplicates,
            present: present(found, rules, options.now),
            grid: None,
            stamps: Arc::clone(&stamps),
            files: Arc::clone(&names),
        };
        let survey = Survey::of(&rows, &slots, &law)?;
        law.grid = survey.grid(&law, rules.stored_time);
        let placed = placed(&rows, slots, &law, survey.in_order, &options)?;
        let judged = judge_series(found, &placed, &law, survey.usual_move, &mut rejections)?;
        let (report, odd, all_kept) = judged;
        reports.push(report);
        oddities.extend(odd);
        ready.push(SeriesRows {
            placed,
            law,
            all_kept,
        });
    }
    let texts = Texts::fetch(&files, &mut rejections, &oddities, &options)?;
    let warnings = oddities
        .into_iter()
        .map(|odd| warning(odd, &files, &texts))
        .collect();
    let failed = too_many(&files, &rejections, &options)
        || rejections.total() > 0 && reports.iter().all(|report| report.bars == 0);
    let mut report = report_so_far(files, &mut rejections);
    report.series = reports;
    report.warnings = warnings;
    if failed {
        return Err(ReadError::TooManyRejected(Box::new(report)));
    }
    Ok(Reading::new(ready, report))
}

/// Returns the last time at which a bar may open: now, or of longer bars today's date where the instrument trades.
fn present(found: &FoundSeries, rules: &SeriesRules, now: Timestamp) -> i64 {
    if found.timeframe.is_intraday() {
        return now.micros();
    }
    let ahead = i64::from(LocalClock::new(&rules.zone).ahead(now.micros())) * SECOND;
    now.micros()
        .saturating_add(ahead)
        .div_euclid(DAY)
        .saturating_mul(DAY)
}

/// Judges every row once, and tells whether all of them are kept.
fn judge_series(
    found: &FoundSeries,
    placed: &Placed,
    law: &Law,
    usual_move: Option<f64>,
    rejections: &mut Rejections,
) -> Result<(SeriesReport, Vec<Oddity>, bool), ReadError> {
    let mut watch = Watch::new(found.timeframe, usual_move);
    let mut tail: VecDeque<PreviewBar> = VecDeque::with_capacity(PREVIEW + 1);
    let mut report = SeriesReport {
        symbol: found.symbol.clone(),
        timeframe: found.timeframe,
        bars: 0,
        duplicates: 0,
        first: None,
        last: None,
        head: Vec::new(),
        tail: Vec::new(),
    };
    let mut all_kept = true;
    for verdict in Judge::new(placed, law.clone()) {
        let verdict = verdict?;
        all_kept &= matches!(verdict, Verdict::Kept(_));
        match verdict {
            Verdict::Kept(row) => {
                report.bars += 1;
                watch.see(&row);
                let bar = preview(&row);
                report.first = report.first.or(Some(bar.time));
                report.last = Some(bar.time);
                if report.head.len() < PREVIEW {
                    report.head.push(bar.clone());
                }
                if tail.len() == PREVIEW {
                    tail.pop_front();
                }
                tail.push_back(bar);
            }
            Verdict::Dropped => report.duplicates += 1,
            Verdict::Rejected {
                row,
                rule,
                column,
                other,
            } => {
                rejections.add_pending(row, rule, column, || explain(law, &row, rule, other.as_ref()));
            }
        }
    }
    report.tail = tail.into();
    Ok((report, watch.finish(), all_kept))
}

fn preview(row: &Row) -> PreviewBar {
    let [open, high, low, close, volume] = row.values;
    PreviewBar {
        time: Timestamp::saturating(row.time),
        open,
        high,
        low,
        close,
        volume: (!volume.is_nan()).then_some(volume),
    }
}

/// The lines and texts of rows, by file and place.
struct Texts(HashMap<(u32, u32), RowText>);

impl Texts {
    /// Reads the rows again that were turned away late, gives them to `rejections`, and those that JSON files hold
    /// and warnings are about.
    fn fetch(
        files: &[ParsedFile],
        rejections: &mut Rejections,
        oddities: &[Oddity],
        options: &ReadOptions,
    ) -> Result<Self, ReadError> {
        let pending = rejections.take_pending();
        let mut wanted: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for row in pending.iter().map(|pending| &pending.row) {
            wanted.entry(row.file).or_default().insert(row.place);
        }
        for row in oddities.iter().filter_map(|odd| odd.row.as_ref()) {
            if files[row.file as usize].cut.json {
                wanted.entry(row.file).or_default().insert(row.place);
            }
        }
        let mut texts = HashMap::new();
        for (file, places) in wanted {
            let found = recall(&files[file as usize], &places, options)?;
            texts.extend(found.into_iter().map(|(place, text)| ((file, place), text)));
        }
        let texts = Self(texts);
        for pending in pending {
            let (row, file) = (pending.row, &files[pending.row.file as usize]);
            let text = texts.0.get(&(row.file, row.place));
            rejections.complete(
                row.file,
                u64::from(row.place),
                RejectedRow {
                    file: file.input.name().to_owned(),
                    line: texts.line(&row, file).unwrap_or(u64::from(row.place)),
                    column: file.column(pending.column, row.series),
                    rule: pending.rule.to_string(),
                    message: pending.message,
                    text: text.map(|text| text.text.clone()).unwrap_or_default(),
                },
            );
        }
        Ok(texts)
    }

    fn line(&self, row: &Row, file: &ParsedFile) -> Option<u64> {
        if file.cut.json {
            return self.0.get(&(row.file, row.place)).map(|text| text.line);
        }
        Some(u64::from(row.place))
    }
}

fn warning(odd: Oddity, files: &[ParsedFile], texts: &Texts) -> Warning {
    let file = odd.row.as_ref().map(|row| &files[row.file as usize]);
    Warning {
        file: file.map_or_else(String::new, |file| file.input.name().to_owned()),
        line: odd
            .row
            .as_ref()
            .zip(file)
            .and_then(|(row, file)| texts.line(row, file)),
        column: odd
            .row
            .as_ref()
            .zip(file)
            .map_or_else(String::new, |(row, file)| file.column(odd.column, row.series)),
        rule: odd.rule.to_string(),
        message: odd.message,
    }
}
