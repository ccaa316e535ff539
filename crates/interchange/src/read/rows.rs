//! From fields to rows: times, numbers, and the checks that a row can fail by itself.

use domain::market::{Timestamp, Zone};

use super::{
    NumberStyle, Refusal, Rule,
    columns::{ColumnPlan, Group, Role},
    dialect::Dialect,
    fields::Fields,
    local::{LocalClock, Moment, NamedClock},
    number::{NumberFault, number, short_decimal},
    prices::PriceReading,
    row::Clue,
    time::{WrittenTime, clock, millis_of_day},
    time_reader::TimeReader,
};

/// Why a row is no bar.
#[derive(Debug)]
pub(super) enum Fault {
    /// The row says that there is none.
    NoBar,
    /// The row is turned away.
    Row {
        rule: Rule,
        column: Role,
        message: String,
    },
    /// The whole file is refused.
    File {
        rule: Rule,
        column: Role,
        message: String,
    },
}

impl Fault {
    fn row(rule: Rule, column: Role, message: impl Into<String>) -> Self {
        Self::Row {
            rule,
            column,
            message: message.into(),
        }
    }

    /// Makes a refusal of a fault of the whole file.
    pub(super) fn refusal(rule: Rule, message: String, file: &str, line: u64, column: &str) -> Refusal {
        Refusal::new(file, rule, message).at_line(line).in_column(column)
    }
}

/// What kinds of times a file was seen to hold.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SeenTimes {
    pub(super) moments: bool,
    pub(super) local: bool,
}

/// Reads the rows of one file.
pub(super) struct RowReader<'a> {
    plan: &'a ColumnPlan,
    times: TimeReader,
    no_bar: &'static [&'static str],
    clock: Option<LocalClock>,
    named: NamedClock,
    midnight: Option<i64>,
    prices: PriceReading,
    style: NumberStyle,
    /// Whether digits with a point mean what they do in programs.
    plain: bool,
    pub(super) seen: SeenTimes,
}

const PRICES: [Role; 4] = [Role::Open, Role::High, Role::Low, Role::Close];

impl<'a> RowReader<'a> {
    pub(super) fn new(
        plan: &'a ColumnPlan,
        dialect: &Dialect,
        zone: Option<&Zone>,
        midnight: Option<i64>,
        prices: PriceReading,
        style: NumberStyle,
    ) -> Self {
        Self {
            plan,
            times: TimeReader::new(dialect.times),
            no_bar: dialect.no_bar,
            clock: zone.map(LocalClock::new),
            named: NamedClock::default(),
            midnight,
            prices,
            style,
            plain: style != NumberStyle::DecimalComma,
            seen: SeenTimes::default(),
        }
    }

    /// Reads the time of a row: µs since the epoch, and what is known of its place.
    #[inline]
    pub(super) fn time(&mut self, fields: &Fields, text: &[u8]) -> Result<(i64, Clue), Fault> {
        let field = fields.get(text, self.plan.time);
        let written = self.written_time(field, fields, text);
        let placed = written.and_then(|written| self.place(written, field));
        match placed {
            Some((micros, clue)) if Timestamp::from_micros(micros).is_ok() => Ok((micros, clue)),
            _ => {
                let shown = String::from_utf8_lossy(field);
                let clock = self
                    .plan
                    .clock
                    .map(|at| String::from_utf8_lossy(fields.get(text, at)));
                let shown = clock.map_or_else(|| shown.to_string(), |clock| format!("{shown} {clock}"));
                let advice = if shown.contains('/') {
                    "; where it is not clear which figure is the day, write 2024-01-31, or name the --dialect that it has"
                } else {
                    ""
                };
                Err(Fault::row(
                    Rule::BadTime,
                    Role::Time,
                    format!("`{shown}` is not a time of this dialect{advice}"),
                ))
            }
        }
    }

    #[inline]
    fn written_time(&mut self, field: &[u8], fields: &Fields, text: &[u8]) -> Option<WrittenTime> {
        if let Some(midnight) = self.midnight {
            return millis_of_day(field.trim_ascii()).map(|of_day| WrittenTime::Local(midnight + of_day));
        }
        let field = field.trim_ascii();
        let written = self.times.read(field)?;
        match (self.plan.clock, written) {
            (Some(at), WrittenTime::Date(date)) => {
                clock(fields.get(text, at).trim_ascii()).map(|of_day| WrittenTime::Local(date + of_day))
            }
            (Some(_), _) => None,
            (None, written) => Some(written),
        }
    }

    /// Finds the moment that a written time means, as far as the zone is known.
    #[inline]
    fn place(&mut self, written: WrittenTime, field: &[u8]) -> Option<(i64, Clue)> {
        let (local, flags) = match written {
            WrittenTime::Instant(micros) => {
                self.seen.moments = true;
                let clue = match &mut self.clock {
                    Some(clock) => Clue::ahead(clock.ahead(micros)),
                    None => Clue::ahead(0).with(Clue::PLACELESS),
                };
                return Some((micros, clue));
            }
            WrittenTime::Offset { micros, ahead } => {
                self.seen.moments = true;
                return Some((micros, Clue::ahead(ahead)));
            }
            WrittenTime::Zoned(local) => {
                self.seen.moments = true;
                let name = field.trim_ascii().rsplit(|byte| *byte == b' ').next()?;
                return placed_by(self.named.of(name)?, local, 0);
            }
            WrittenTime::Date(local) => (local, Clue::DATE),
            WrittenTime::Local(local) => {
                self.seen.local = true;
                (local, 0)
            }
        };
        let Some(clock) = &mut self.clock else {
            return Some((local, Clue::ahead(0).with(flags | Clue::NAIVE)));
        };
        placed_by(clock, local, flags)
    }

    /// Reads open, high, low, close and volume of one instrument and checks that they agree.
    #[inline]
    pub(super) fn values(&self, fields: &Fields, text: &[u8], group: &Group) -> Result<[f64; 5], Fault> {
        let mut values = [0.0; 5];
        for (index, at) in group.prices.iter().enumerate() {
            let field = self.prices.number_of(fields.get(text, *at));
            let mut value = if self.plain {
                short_decimal(field)
            } else {
                f64::NAN
            };
            if value.is_nan() {
                value = number(field, self.style)
                    .map_err(|fault| self.price_fault(fault, field, PRICES[index], fields, text, group))?;
            }
            values[index] = self
                .prices
                .value(value, field)
                .map_err(|message| Fault::row(Rule::BadNumber, PRICES[index], message))?;
        }
        let [open, high, low, close, _] = values;
        if high < open || high < close || high < low {
            return Err(high_below(values));
        }
        if low > open || low > close {
            return Err(low_above(values));
        }
        values[4] = match group.volume {
            Some(at) => self.volume(fields.get(text, at))?,
            None => f64::NAN,
        };
        Ok(values)
    }

    #[inline]
    fn volume(&self, field: &[u8]) -> Result<f64, Fault> {
        let value = if self.plain {
            short_decimal(field)
        } else {
            f64::NAN
        };
        if value.is_nan() {
            self.odd_volume(field)
        } else {
            Ok(value)
        }
    }

    fn odd_volume(&self, field: &[u8]) -> Result<f64, Fault> {
        let shown = || String::from_utf8_lossy(field).into_owned();
        match number(field, self.style) {
            Ok(value) if value < 0.0 => Err(Fault::row(
                Rule::NegativeVolume,
                Role::Volume,
                format!("the volume {value} is negative"),
            )),
            Ok(value) => Ok(value),
            Err(NumberFault::Missing) => Ok(f64::NAN),
            Err(NumberFault::NotFinite) if field.trim_ascii().eq_ignore_ascii_case(b"nan") => Ok(f64::NAN),
            Err(fault) => Err(number_fault(fault, Role::Volume, &shown())),
        }
    }

    #[cold]
    fn price_fault(
        &self,
        fault: NumberFault,
        field: &[u8],
        column: Role,
        fields: &Fields,
        text: &[u8],
        group: &Group,
    ) -> Fault {
        let stands_for_none = |at: &usize| {
            let field = fields.get(text, *at).trim_ascii();
            self.no_bar
                .iter()
                .any(|word| field.eq_ignore_ascii_case(word.as_bytes()))
        };
        if group.prices.iter().all(stands_for_none) {
            return Fault::NoBar;
        }
        number_fault(fault, column, &String::from_utf8_lossy(field))
    }
}

/// Finds the moment of a local time.
#[inline]
fn placed_by(clock: &mut LocalClock, local: i64, flags: u32) -> Option<(i64, Clue)> {
    Some(match clock.moment(local)? {
        Moment::Once { micros, ahead } => (micros, Clue::ahead(ahead).with(flags)),
        Moment::Fold { micros, ahead } => (micros, Clue::ahead(ahead).with(flags | Clue::FOLD)),
        Moment::Hole { micros, ahead } => (micros, Clue::ahead(ahead).with(flags | Clue::HOLE)),
    })
}

#[cold]
fn high_below([open, high, low, close, _]: [f64; 5]) -> Fault {
    let others = [(open, "open"), (close, "close"), (low, "low")];
    let (value, name) = others
        .into_iter()
        .fold(others[0], |best, next| if next.0 > best.0 { next } else { best });
    Fault::row(
        Rule::HighBelow,
        Role::High,
        format!("high {high} is below {name} {value}"),
    )
}

#[cold]
fn low_above([open, _, low, close, _]: [f64; 5]) -> Fault {
    let (value, name) = if open < close {
        (open, "open")
    } else {
        (close, "close")
    };
    Fault::row(
        Rule::LowAbove,
        Role::Low,
        format!("low {low} is above {name} {value}"),
    )
}

fn number_fault(fault: NumberFault, column: Role, shown: &str) -> Fault {
    match fault {
        NumberFault::Missing => Fault::row(Rule::MissingPrice, column, "the price is missing"),
        NumberFault::NotFinite => Fault::row(
            Rule::NotFinite,
            column,
            format!("`{shown}` is not a finite number"),
        ),
        NumberFault::Unreadable => Fault::row(Rule::BadNumber, column, format!("`{shown}` is not a number")),
        NumberFault::Comma => Fault::File {
            rule: Rule::NumberStyle,
            column,
            message: format!(
                "`{shown}` holds a comma; say what commas mean: --numbers thousands (1,234.5) or \
                 --numbers decimal-comma (1.234,5)"
            ),
        },
    }
}
