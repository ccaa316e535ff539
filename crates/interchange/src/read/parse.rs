//! The one pass over the text of an input.

use domain::market::{RejectedRow, Timeframe, Zone};

use super::{
    Dialect, FileReport, ReadError, ReadOptions, ReadProgress, Refusal, Rule,
    columns::{ColumnPlan, Role},
    dialect::{Layout, PathHints, ZoneRule, recognise},
    fields::Fields,
    input::InputFile,
    named::NamedSlots,
    prices::PriceReading,
    records::{Cut, Record, Records},
    rejections::{Rejections, kept_text},
    row::Row,
    rows::{Fault, RowReader},
    slots::Slots,
    store::RowStore,
    tally::Tally,
};

/// How many rows are read between two looks at the progress.
const ROWS_PER_LOOK: u64 = 1 << 16;

/// What is kept of an input once it has been parsed.
#[derive(Debug)]
pub(super) struct ParsedFile {
    pub(super) input: InputFile,
    pub(super) cut: Cut,
    pub(super) plan: ColumnPlan,
    /// The slot of each group of columns.
    pub(super) groups: Vec<u32>,
    pub(super) report: FileReport,
}

impl ParsedFile {
    /// Returns the name of the column that holds `column` of a series.
    pub(super) fn column(&self, column: Role, slot: u32) -> String {
        let group = self.groups.iter().position(|group| *group == slot).unwrap_or(0);
        self.plan.name_of(column, group)
    }
}

/// Where parsed rows go.
pub(super) struct Parser<'a> {
    pub(super) options: &'a ReadOptions,
    pub(super) progress: &'a dyn ReadProgress,
    pub(super) store: RowStore,
    pub(super) slots: Slots,
    pub(super) rejections: Rejections,
}

/// How an input is read.
pub(super) struct Approach<'a> {
    pub(super) dialect: &'static Dialect,
    pub(super) path: PathHints,
    pub(super) zone: Option<&'a Zone>,
    pub(super) plan: &'a ColumnPlan,
    prices: PriceReading,
    /// The index of the file.
    file: u32,
    name: &'a str,
}

impl Parser<'_> {
    /// Parses the input that is the `file`th.
    pub(super) fn parse(&mut self, file: u32, input: &InputFile) -> Result<ParsedFile, ReadError> {
        if self.progress.cancelled() {
            return Err(ReadError::Cancelled);
        }
        let limits = self.options.limits;
        let (lines, beginning) = Records::begin(input, limits)?;
        let clues = input.clues();
        let dialect = match self.options.dialect {
            Some(dialect) => dialect,
            None => recognise(&beginning, &clues, input.name())?,
        };
        let path = (dialect.path)(&clues)
            .map_err(|message| Refusal::new(input.name(), Rule::PathUnclear, message))?;
        self.compare_timeframes(path.timeframe, "the file's name", input.name())?;
        let plan = ColumnPlan::of(dialect, &beginning, input.name())?;
        let lead = beginning.preamble + plan.header_lines;
        let cut = Cut {
            json: beginning.json,
            delimiter: beginning.delimiter,
            lead,
        };
        let records = Records::proceed(lines, cut, limits, input.name())?;
        let zone = self.zone_of(dialect, &path);
        let prices = dialect.prices.of_file(&plan, &beginning, path.price_divisor);
        let approach = Approach {
            dialect,
            path,
            zone: zone.as_ref(),
            plan: &plan,
            prices,
            file,
            name: input.name(),
        };
        let groups = self.group_slots(&approach)?;
        let tally = self.read_rows(records, &approach, &groups, input)?;
        let rejected = self.rejections.of_file(file);
        let stamp = self.options.stamp.unwrap_or(dialect.stamp);
        let report = FileReport {
            stamp,
            rejected,
            ..tally.report(&approach, &beginning, input)?
        };
        if report.rows == 0 {
            let message = "the file holds no rows";
            return Err(Refusal::new(input.name(), Rule::EmptyFile, message).into());
        }
        Ok(ParsedFile {
            input: input.clone(),
            cut,
            groups,
            report,
            plan,
        })
    }

    fn compare_timeframes(&self, said: Option<Timeframe>, place: &str, file: &str) -> Result<(), Refusal> {
        match (self.options.timeframe, said) {
            (Some(declared), Some(named)) if declared != named => {
                let message = format!("{declared} was declared, but {place} says {named}");
                Err(Refusal::new(file, Rule::TimeframeMismatch, message))
            }
            _ => Ok(()),
        }
    }

    fn zone_of(&self, dialect: &Dialect, path: &PathHints) -> Option<Zone> {
        self.options.zone.clone().or_else(|| match dialect.zone_rule {
            ZoneRule::Unsaid => None,
            ZoneRule::Utc => Some(Zone::UTC),
            ZoneRule::Fixed(offset) => offset.parse().ok(),
            ZoneRule::Path => path.zone.clone(),
        })
    }

    /// Finds the slot of each group of columns; with a column for the symbol or the timeframe there is none yet.
    fn group_slots(&mut self, approach: &Approach<'_>) -> Result<Vec<u32>, ReadError> {
        if approach.plan.symbol.is_some() || approach.plan.period.is_some() {
            return Ok(Vec::new());
        }
        let mut slots = Vec::new();
        for group in &approach.plan.groups {
            let said = match &group.ticker {
                None => approach.path.symbol.clone(),
                Some(ticker) => Some(ticker.parse().map_err(|cause: domain::market::KeyError| {
                    Refusal::new(approach.name, Rule::UnknownHeader, cause.to_string()).at_line(2)
                })?),
            };
            slots.push(self.slots.of(said, &approach.path, self.options, approach.name)?);
        }
        Ok(slots)
    }

    fn read_rows(
        &mut self,
        mut records: Records,
        approach: &Approach<'_>,
        groups: &[u32],
        input: &InputFile,
    ) -> Result<Tally, ReadError> {
        let plan = approach.plan;
        let mut reader = RowReader::new(
            plan,
            approach.dialect,
            approach.zone,
            approach.path.midnight,
            approach.prices,
            self.options.numbers,
        );
        let mut fields = Fields::default();
        let mut tally = Tally::default();
        let mut named = NamedSlots::default();
        let mut told = (0, 0);
        let mut next_look = ROWS_PER_LOOK;
        while let Some(record) = records.next(&mut fields)? {
            if fields.len() != plan.names.len() {
                return Err(field_count(approach, &fields, &record).into());
            }
            let place = u32::try_from(record.place).map_err(|_| {
                Refusal::new(
                    approach.name,
                    Rule::SizeLimit,
                    "the file has more than 4,294,967,295 lines",
                )
            })?;
            let (time, clue) = match reader.time(&fields, record.text) {
                Ok(time) => time,
                Err(fault) => {
                    refuse_second_header(approach, &fields, &record)?;
                    tally.rows += 1;
                    self.turn_away(fault, approach, &record, 0)?;
                    continue;
                }
            };
            for (index, group) in plan.groups.iter().enumerate() {
                tally.rows += 1;
                let values = match reader.values(&fields, record.text, group) {
                    Ok(values) => values,
                    Err(Fault::NoBar) => {
                        tally.without_bar += 1;
                        continue;
                    }
                    Err(fault) => {
                        self.turn_away(fault, approach, &record, index)?;
                        continue;
                    }
                };
                let series = match groups.get(index) {
                    Some(slot) => *slot,
                    None => match self.named_slot(&mut named, approach, &fields, &record)? {
                        Some(slot) => slot,
                        None => continue,
                    },
                };
                tally.order(series, time);
                self.store.push(Row {
                    series,
                    file: approach.file,
                    place,
                    clue,
                    time,
                    values,
                })?;
            }
            if tally.rows >= next_look {
                next_look = tally.rows + ROWS_PER_LOOK;
                self.tell(records.consumed().min(input.weight()), tally.rows, &mut told)?;
            }
        }
        self.tell(input.weight(), tally.rows, &mut told)?;
        tally.seen = reader.seen;
        Ok(tally)
    }

    fn tell(&self, bytes: u64, rows: u64, told: &mut (u64, u64)) -> Result<(), ReadError> {
        self.progress.advance(bytes.saturating_sub(told.0), rows - told.1);
        *told = (bytes, rows);
        if self.progress.cancelled() {
            Err(ReadError::Cancelled)
        } else {
            Ok(())
        }
    }

    /// Finds the slot of a row that says its symbol or how long its bar lasts, or turns the row away.
    fn named_slot(
        &mut self,
        named: &mut NamedSlots,
        approach: &Approach<'_>,
        fields: &Fields,
        record: &Record<'_>,
    ) -> Result<Option<u32>, ReadError> {
        let field = |at: Option<usize>| at.map_or(&b""[..], |at| fields.get(record.text, at));
        let (symbol, period) = (field(approach.plan.symbol), field(approach.plan.period));
        if let Some(slot) = named.find(symbol, period) {
            return Ok(Some(slot));
        }
        let said = match approach.said(symbol, period) {
            Ok(said) => said,
            Err(fault) => {
                self.turn_away(fault, approach, record, 0)?;
                return Ok(None);
            }
        };
        self.compare_timeframes(said.hints.timeframe, "the row", approach.name)
            .and_then(|()| {
                self.slots
                    .of(said.symbol, &said.hints, self.options, approach.name)
            })
            .map_err(|refusal| refusal.at_line(record.line).into())
            .map(|slot| Some(named.add(slot)))
    }

    fn turn_away(
        &mut self,
        fault: Fault,
        approach: &Approach<'_>,
        record: &Record<'_>,
        group: usize,
    ) -> Result<(), ReadError> {
        match fault {
            Fault::NoBar => Ok(()),
            Fault::File {
                rule,
                column,
                message,
            } => {
                let column = approach.plan.name_of(column, group);
                Err(Fault::refusal(rule, message, approach.name, record.line, &column).into())
            }
            Fault::Row {
                rule,
                column,
                message,
            } => {
                self.rejections
                    .add(approach.file, record.place, rule, || RejectedRow {
                        file: approach.name.to_owned(),
                        line: record.line,
                        column: approach.plan.name_of(column, group),
                        rule: rule.to_string(),
                        message,
                        text: kept_text(record.text),
                    });
                Ok(())
            }
        }
    }
}

fn field_count(approach: &Approach<'_>, fields: &Fields, record: &Record<'_>) -> Refusal {
    let (found, expected) = (fields.len(), approach.plan.names.len());
    let of = match approach.dialect.layout {
        Layout::Header | Layout::TickerHeader => "the header",
        Layout::OptionalHeader(_) if approach.plan.header_lines > 0 => "the header",
        _ => "each row of this dialect",
    };
    let message = format!("the row has {found} fields, but {of} has {expected}");
    Refusal::new(approach.name, Rule::FieldCount, message).at_line(record.line)
}

/// Refuses a file in which the header comes again, as when files were joined.
fn refuse_second_header(
    approach: &Approach<'_>,
    fields: &Fields,
    record: &Record<'_>,
) -> Result<(), Refusal> {
    let names = approach.plan.names.iter().map(String::as_bytes);
    if approach.plan.header_lines == 1 && fields.iter(record.text).map(<[u8]>::trim_ascii).eq(names) {
        let message = "the header comes a second time; split the file there, or remove the line";
        return Err(Refusal::new(approach.name, Rule::DuplicateHeader, message).at_line(record.line));
    }
    Ok(())
}
