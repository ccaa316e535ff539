//! Which column holds what, found by name.

use super::{
    Dialect, Refusal, Rule,
    dialect::{Columns, Layout},
    sniff::{Beginning, fold},
};

/// What a column holds; names the culprit in reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Time,
    Symbol,
    Period,
    Open,
    High,
    Low,
    Close,
    Volume,
}

/// The columns of one instrument's bars.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// The instrument, where the header names it.
    pub(super) ticker: Option<String>,
    /// Open, high, low and close.
    pub(super) prices: [usize; 4],
    pub(super) volume: Option<usize>,
}

/// Which column of a file holds what.
#[derive(Debug, Clone)]
pub(super) struct ColumnPlan {
    /// The names, as the file or the dialect spells them.
    pub(super) names: Vec<String>,
    pub(super) time: usize,
    pub(super) clock: Option<usize>,
    pub(super) symbol: Option<usize>,
    /// How long the bar of a row lasts.
    pub(super) period: Option<usize>,
    pub(super) groups: Vec<Group>,
    /// How many lines the header takes.
    pub(super) header_lines: u64,
    /// The names of the columns that nothing is read from.
    pub(super) ignored: Vec<String>,
}

impl ColumnPlan {
    /// Finds the columns of a file in `dialect`.
    pub(super) fn of(dialect: &Dialect, beginning: &Beginning, file: &str) -> Result<Self, Refusal> {
        let line = beginning.preamble + 1;
        let refuse = |rule, message: String| Refusal::new(file, rule, message).at_line(line);
        let title = dialect.title();
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        match (dialect.layout, &beginning.header) {
            (Layout::JsonRows(names), _) if beginning.json => {
                Ok(Self::by_name(dialect, owned(names), 0, file, beginning)?.headless())
            }
            (Layout::JsonRows(_), _) => Err(refuse(
                Rule::UnknownHeader,
                format!("this is no JSON, as files of {title} are"),
            )),
            (_, _) if beginning.json => Err(refuse(
                Rule::JsonBody,
                format!("this is JSON, but files of {title} are tables"),
            )),
            (Layout::Headerless(_), Some(_)) => Err(refuse(
                Rule::UnknownHeader,
                format!("the file has a header, but files of {title} have none"),
            )),
            (Layout::Headerless(names) | Layout::OptionalHeader(names), None) => {
                Ok(Self::by_name(dialect, owned(names), 0, file, beginning)?.headless())
            }
            (_, None) => Err(refuse(Rule::MissingHeader, missing_header(title))),
            (Layout::TickerHeader, Some(first)) => Self::by_ticker(dialect, first, beginning, file),
            (Layout::Header | Layout::OptionalHeader(_), Some(names)) => {
                Self::by_name(dialect, names.clone(), 1, file, beginning)
            }
        }
    }

    /// Says nothing of columns that the dialect, not the file, names.
    fn headless(mut self) -> Self {
        self.ignored.clear();
        self
    }

    fn by_name(
        dialect: &Dialect,
        names: Vec<String>,
        header_lines: u64,
        file: &str,
        beginning: &Beginning,
    ) -> Result<Self, Refusal> {
        let line = beginning.preamble + 1;
        let folded: Vec<String> = names.iter().map(|name| fold(name)).collect();
        refuse_twins(&names, &folded, file, line)?;
        let find = |aliases: &[&str]| {
            aliases
                .iter()
                .find_map(|alias| folded.iter().position(|name| name == alias))
        };
        let Columns {
            time,
            clock,
            open,
            high,
            low,
            close,
            volume,
            volume_names_currency,
            symbol,
            period,
        } = dialect.columns;
        let need = |aliases: &[&str], what: &str| {
            find(aliases).ok_or_else(|| {
                let message = format!(
                    "the header has no column for {what} ({}); its columns are: {}",
                    aliases
                        .iter()
                        .filter(|alias| !alias.is_empty())
                        .copied()
                        .collect::<Vec<_>>()
                        .join(", "),
                    names.join(", ")
                );
                Refusal::new(file, Rule::UnknownHeader, message).at_line(line)
            })
        };
        let time = need(time, "the time")?;
        let prices = [
            need(open, "open")?,
            need(high, "high")?,
            need(low, "low")?,
            need(close, "close")?,
        ];
        let named_volume = find(volume);
        // A column `time` beside `date` is the time of day.
        let clock = find(clock).filter(|clock| *clock != time && folded[time] == "date");
        let symbol = find(symbol);
        let base_volume = symbol
            .filter(|_| volume_names_currency)
            .and_then(|at| base_volume(&folded, beginning.rows.first()?.get(at)?));
        let volume = base_volume.or(named_volume);
        let group = Group {
            ticker: None,
            prices,
            volume,
        };
        let mut plan = Self {
            names,
            time,
            clock,
            symbol,
            period: find(period),
            groups: vec![group],
            header_lines,
            ignored: Vec::new(),
        };
        plan.list_ignored(0);
        Ok(plan)
    }

    /// Reads the three header lines of yfinance: fields and tickers, in either order, and the name of the time.
    fn by_ticker(
        dialect: &Dialect,
        first: &[String],
        beginning: &Beginning,
        file: &str,
    ) -> Result<Self, Refusal> {
        let line = beginning.preamble + 1;
        let refuse = |message: &str| Refusal::new(file, Rule::UnknownHeader, message).at_line(line + 1);
        let text = |row: &Vec<Vec<u8>>| -> Vec<String> {
            row.iter()
                .map(|field| String::from_utf8_lossy(field).trim().to_owned())
                .collect()
        };
        let second = beginning.rows.first().map(text).unwrap_or_default();
        if second.len() != first.len() {
            return Err(refuse(
                "the second line of the header has another number of fields than the first",
            ));
        }
        let third = beginning.rows.get(1).map(text).unwrap_or_default();
        let named_time = third.len() == first.len()
            && dialect.columns.time.contains(&fold(&third[0]).as_str())
            && third[1..].iter().all(String::is_empty);
        if !named_time {
            return Err(
                refuse("the third line of the header should name the time alone: Date,,,,,")
                    .at_line(line + 2),
            );
        }
        let (fields, tickers) = if fold(&first[0]) == "price" {
            (first, &second[..])
        } else {
            (&second[..], first)
        };
        let mut order: Vec<&String> = Vec::new();
        for ticker in &tickers[1..] {
            if !order.contains(&ticker) {
                order.push(ticker);
            }
        }
        let mut groups = Vec::new();
        for ticker in order {
            let column = |wanted: &str| {
                (1..fields.len())
                    .filter(|at| tickers[*at] == *ticker && fold(&fields[*at]) == wanted)
                    .collect::<Vec<_>>()
            };
            let one = |wanted: &str| match column(wanted)[..] {
                [at] => Ok(at),
                [] => Err(refuse(&format!("{ticker} has no column {wanted}"))),
                _ => Err(Refusal::new(
                    file,
                    Rule::DuplicateHeader,
                    format!("{ticker} has two columns {wanted}"),
                )
                .at_line(line)),
            };
            let prices = [one("open")?, one("high")?, one("low")?, one("close")?];
            let volume = if column("volume").is_empty() {
                None
            } else {
                Some(one("volume")?)
            };
            let ticker = (!ticker.is_empty()).then(|| ticker.clone());
            groups.push(Group {
                ticker,
                prices,
                volume,
            });
        }
        let names = fields
            .iter()
            .zip(tickers)
            .map(|(field, ticker)| format!("{field} {ticker}").trim().to_owned());
        let mut names: Vec<String> = names.collect();
        names[0].clone_from(&third[0]);
        let mut plan = Self {
            names,
            time: 0,
            clock: None,
            symbol: None,
            period: None,
            groups,
            header_lines: 3,
            ignored: Vec::new(),
        };
        plan.list_ignored(0);
        Ok(plan)
    }

    fn list_ignored(&mut self, first: usize) {
        let mut used: Vec<usize> = self.groups.iter().flat_map(|group| group.prices).collect();
        used.extend(self.groups.iter().filter_map(|group| group.volume));
        used.extend(
            [Some(self.time), self.clock, self.symbol, self.period]
                .into_iter()
                .flatten(),
        );
        let unused = (first..self.names.len()).filter(|at| !used.contains(at));
        self.ignored = unused.map(|at| display_name(&self.names[at], at)).collect();
    }

    /// Returns the name of the column that holds `role` for the group.
    pub(super) fn name_of(&self, role: Role, group: usize) -> String {
        let group = &self.groups[group.min(self.groups.len() - 1)];
        let at = match role {
            Role::Time => Some(self.time),
            Role::Symbol => self.symbol,
            Role::Period => self.period,
            Role::Open => Some(group.prices[0]),
            Role::High => Some(group.prices[1]),
            Role::Low => Some(group.prices[2]),
            Role::Close => Some(group.prices[3]),
            Role::Volume => group.volume,
        };
        at.map_or_else(String::new, |at| display_name(&self.names[at], at))
    }
}

/// Finds the volume in the currency that is traded, `Volume BTC` of the symbol `BTC/USD`. Of names that a symbol
/// begins with the longest is meant: `USDT/USD` begins with both.
fn base_volume(folded: &[String], symbol: &[u8]) -> Option<usize> {
    let symbol = fold(&String::from_utf8_lossy(symbol));
    let currency = |at: &usize| {
        let currency = folded[*at].strip_prefix("volume")?;
        (!currency.is_empty() && symbol.starts_with(currency)).then_some(currency.len())
    };
    (0..folded.len())
        .filter(|at| currency(at).is_some())
        .max_by_key(|at| currency(at))
}

/// A column without a name is called by its place.
fn display_name(name: &str, at: usize) -> String {
    if name.is_empty() {
        format!("{} (without a name)", at + 1)
    } else {
        name.to_owned()
    }
}

fn missing_header(title: &str) -> String {
    format!(
        "the first line holds values where the names of the columns should be (recognised as: {title}); add a header, \
         such as time,open,high,low,close,volume, or name the dialect with --dialect"
    )
}

/// Refuses two columns of the same name.
fn refuse_twins(names: &[String], folded: &[String], file: &str, line: u64) -> Result<(), Refusal> {
    for (at, name) in folded.iter().enumerate() {
        if !name.is_empty() && folded[..at].contains(name) {
            let message = format!(
                "two columns are named {}; which one is meant is not clear",
                names[at]
            );
            return Err(Refusal::new(file, Rule::DuplicateHeader, message)
                .at_line(line)
                .in_column(&names[at]));
        }
    }
    Ok(())
}
