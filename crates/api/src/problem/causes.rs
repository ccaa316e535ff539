//! Which problem an error of the store or of a use case is: the one table.

use app::{
    backtest::{BacktestError, Faults},
    export::ExportError,
    import::{CommitFailure, ImportError},
    resample::ResampledReadError,
    strategy::{Mistakes, RuleError, StrategyError},
};
use domain::error::StoreError;
use interchange::{DecodeError, Fault, ReadError, ReadReport, Refusal};

use super::{ApiError, Kind, Violation};

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let kind = match &error {
            StoreError::NotFound(_) => Kind::NotFound,
            StoreError::AlreadyExists { .. } => Kind::Exists,
            StoreError::Conflict { .. } => Kind::Conflict,
            StoreError::Gone(_) => Kind::Gone,
            StoreError::Invalid(_) => Kind::Invalid,
            StoreError::Input(_) => {
                return Self::new(Kind::Invalid, "the bars that were sent could not be read")
                    .caused_by(error);
            }
            StoreError::Corrupt { .. } => {
                // The damaged thing is a file or a row of the server, which is the operator's to know.
                let detail = "what is stored is damaged; the server's log says where, and `chandlery verify` finds all of it";
                return Self::new(Kind::Damaged, detail).caused_by(error);
            }
            _ => {
                let detail =
                    "the store does not answer, is full, or is being written to by somebody else; try again";
                return Self::new(Kind::Unavailable, detail).caused_by(error);
            }
        };
        Self::new(kind, error.to_string())
    }
}

impl From<BacktestError> for ApiError {
    fn from(error: BacktestError) -> Self {
        let detail = error.to_string();
        match error {
            BacktestError::Store(error) => error.into(),
            BacktestError::Rules(mistakes) => Self::of_mistakes(mistakes),
            BacktestError::Setting { key, .. } => Self::of_member(setting_pointer(key), detail),
            BacktestError::Beside { key, .. } => Self::of_member(format!("/{key}"), detail),
            BacktestError::Words(error) => Self::of_member(format!("/{}", error.key()), detail),
            BacktestError::Top(error) => Self::of_member("/top", error.to_string()),
            BacktestError::Record(error) => Self::of_member(error.pointer(), detail),
            BacktestError::Grid(_) => Self::of_member("/grid", detail),
            // A series that is there has bars but before its first version.
            BacktestError::NoBars(_) => Self::of_member("/as_of", detail),
            BacktestError::Compared(_) => Self::of_member("?ids", detail),
            BacktestError::TooLarge => Self::new(Kind::Invalid, detail),
            BacktestError::OtherData { .. } | BacktestError::Recorded(_) | BacktestError::Cancelled(_) => {
                Self::new(Kind::Conflict, detail)
            }
            BacktestError::Task(error) => Self::internal(error),
        }
    }
}

/// Returns where an order has a setting: the costs are members of one of their own.
fn setting_pointer(key: &str) -> String {
    match key {
        "commission_bps" | "commission_per_trade" | "slippage_bps" => format!("/costs/{key}"),
        _ => format!("/{key}"),
    }
}

impl From<ResampledReadError> for ApiError {
    fn from(error: ResampledReadError) -> Self {
        match error {
            ResampledReadError::Frames(error) => Self::parameter("resample", error),
            ResampledReadError::Store(error) => error.into(),
        }
    }
}

impl From<ExportError> for ApiError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Store(error) => error.into(),
            ExportError::Resample(error) => error.into(),
            other => Self::internal(other),
        }
    }
}

impl From<Fault> for Violation {
    fn from(fault: Fault) -> Self {
        Self::new(fault.pointer, fault.rule, fault.message)
    }
}

impl From<DecodeError> for ApiError {
    fn from(error: DecodeError) -> Self {
        let detail = error.to_string();
        match error {
            DecodeError::Format(_) => Self::new(Kind::MediaType, detail),
            DecodeError::Unreadable { .. } => Self::new(Kind::BadRequest, detail),
            DecodeError::Columns(fault) => Self::new(Kind::Invalid, detail).with_errors(vec![fault.into()]),
            DecodeError::Rows(faults) => {
                Self::new(Kind::Invalid, detail).with_errors(faults.into_iter().map(Into::into).collect())
            }
            other => Self::internal(other),
        }
    }
}

impl From<RuleError> for Violation {
    fn from(mistake: RuleError) -> Self {
        let is_rule = mistake.pointer.starts_with("/let/")
            || mistake.pointer.ends_with("/enter")
            || mistake.pointer.ends_with("/exit");
        let rule = if is_rule { "bad-rule" } else { "bad-document" };
        let mut violation = Self::new(mistake.pointer, rule, mistake.message);
        violation.nearest = mistake.nearest;
        if let Some(place) = mistake.place {
            violation.line = Some(place.line);
            violation.column = Some(place.column);
            violation.excerpt = Some(place.excerpt);
        }
        violation
    }
}

impl From<StrategyError> for ApiError {
    fn from(error: StrategyError) -> Self {
        let detail = error.to_string();
        match error {
            StrategyError::Mistakes(Mistakes(mistakes)) => Self::of_mistakes(mistakes),
            StrategyError::OtherName { .. } => {
                let violation = Violation::new("/name", "other-name", &*detail);
                Self::new(Kind::Invalid, detail).with_errors(vec![violation])
            }
            StrategyError::Note => Self::parameter("note", detail),
            StrategyError::Store(error) => error.into(),
            StrategyError::Task(error) => Self::internal(error),
        }
    }
}

impl From<Faults> for ApiError {
    fn from(Faults(faults): Faults) -> Self {
        let violations: Vec<Violation> = faults
            .into_iter()
            .map(|fault| Violation::new(fault.pointer, "bad-body", fault.message))
            .collect();
        let first = violations.first().map_or("", |violation| &violation.message);
        Self::new(Kind::Invalid, format!("the body is not what is wanted: {first}")).with_errors(violations)
    }
}

impl ApiError {
    /// Tells what is wrong with one member of a body, or with one parameter.
    fn of_member(pointer: impl Into<String>, detail: String) -> Self {
        let violation = Violation::new(pointer, "bad-value", &*detail);
        Self::new(Kind::Invalid, detail).with_errors(vec![violation])
    }

    /// Tells what is wrong with a strategy's rules, or with the parameters of a run.
    fn of_mistakes(mistakes: Vec<RuleError>) -> Self {
        // The excerpt would make several lines of it.
        let first = mistakes.first().map(ToString::to_string).unwrap_or_default();
        let first = first.lines().next().unwrap_or_default();
        let detail = match mistakes.len() {
            1 => first.to_owned(),
            count => format!("{first} (the first of {count} mistakes)"),
        };
        Self::new(Kind::Invalid, detail).with_errors(mistakes.into_iter().map(Into::into).collect())
    }

    /// Tells why an import was refused or failed, as far as that is the client's to know.
    pub(crate) fn from_import(error: ImportError) -> Self {
        match error {
            ImportError::NotFound(_) => Self::new(Kind::NotFound, error.to_string()),
            ImportError::Store(error) => error.into(),
            other => Self::of_import(&other),
        }
    }

    /// As [`ApiError::from_import`], of an error that is kept.
    pub(crate) fn of_import(error: &ImportError) -> Self {
        match error {
            ImportError::Naming(naming) => Self::new(Kind::Invalid, for_http(&naming.to_string())),
            ImportError::Read(source) | ImportError::TooManyRejected { source, .. } => {
                Self::of_reading(source)
            }
            ImportError::Commit(failure) => Self::of_commit(failure),
            ImportError::Store(source) => of_store(source),
            ImportError::Cancelled { .. } => Self::new(Kind::Conflict, error.to_string()),
            ImportError::NotFound(_) => Self::new(Kind::NotFound, error.to_string()),
            other => Self::internal(other.to_string()),
        }
    }

    fn of_reading(error: &ReadError) -> Self {
        match error {
            ReadError::Refused(refusal) => {
                Self::new(Kind::Invalid, for_http(&refusal.to_string())).with_errors(vec![violation(refusal)])
            }
            ReadError::TooManyRejected(report) => {
                Self::new(Kind::Invalid, for_http(&error.to_string())).with_errors(rejections(report))
            }
            other => Self::internal(other.to_string()),
        }
    }

    fn of_commit(failure: &CommitFailure) -> Self {
        let mut of = of_store(&failure.source);
        if !failure.committed.is_empty() {
            let before: Vec<String> = failure.committed.iter().map(ToString::to_string).collect();
            of.detail = format!("{}; committed before, and kept: {}", of.detail, before.join(", "));
        }
        of
    }
}

/// As the conversion, of an error that is kept.
fn of_store(error: &StoreError) -> ApiError {
    let kept = |kind| ApiError::new(kind, error.to_string());
    match error {
        StoreError::NotFound(_) => kept(Kind::NotFound),
        StoreError::AlreadyExists { .. } => kept(Kind::Exists),
        StoreError::Conflict { .. } => kept(Kind::Conflict),
        StoreError::Gone(_) => kept(Kind::Gone),
        StoreError::Invalid(_) => kept(Kind::Invalid),
        StoreError::Input(cause) => {
            ApiError::new(Kind::Invalid, format!("the files could not be read: {cause}"))
        }
        _ => ApiError::from(StoreError::unavailable(error.to_string())),
    }
}

/// The reader speaks of the flags of the command line; parameters have the same names.
fn for_http(message: &str) -> String {
    let mut text = message.to_owned();
    for flag in [
        "series",
        "venue",
        "zone",
        "dialect",
        "duplicates",
        "stamp",
        "numbers",
    ] {
        text = text
            .replace(&format!("--{flag} "), &format!("{flag}="))
            .replace(&format!("--{flag}"), flag);
    }
    text.replace("--max-rejected", "max_rejected")
}

fn violation(refusal: &Refusal) -> Violation {
    let line = refusal.line.map(|line| format!(":{line}")).unwrap_or_default();
    Violation::new(
        format!("{}{line}", refusal.file),
        refusal.rule.to_string(),
        for_http(&refusal.message),
    )
}

/// How many rejected rows a problem lists; `rejected.csv` has more.
const LISTED: usize = 100;

fn rejections(report: &ReadReport) -> Vec<Violation> {
    let violation = |row: &domain::market::RejectedRow| {
        let message = if row.column.is_empty() {
            row.message.clone()
        } else {
            format!("{}: {}", row.column, row.message)
        };
        Violation::new(format!("{}:{}", row.file, row.line), &*row.rule, message)
    };
    report.rejected.iter().take(LISTED).map(violation).collect()
}
