//! Errors as people see them: the message, its causes, what to do, and the exit code.

use std::process::ExitCode;

use app::{export::ExportError, import::ImportError, transfer::TransferError};
use domain::error::{EntityRef, StoreError};

use crate::{
    commands::migrate,
    output::{OutputClosed, note, numbers},
};

/// What the program ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// Refused or failed.
    Failed = 1,
    /// Called in a way that makes no sense.
    Usage = 2,
    /// The store is unavailable.
    Unavailable = 3,
    /// Verification found a difference.
    Different = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The program was called in a way that makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UsageError(pub(crate) String);

/// An error with advice.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Advised {
    pub(crate) message: String,
    pub(crate) hint: String,
}

/// An error together with what helps, or without when it says that itself.
#[derive(Debug)]
pub(crate) struct Hinted {
    pub(crate) error: anyhow::Error,
    pub(crate) hint: Option<String>,
}

impl std::fmt::Display for Hinted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Hinted {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The error itself, so that who looks through the causes finds it.
        self.error.chain().next()
    }
}

/// The flag whose store an error is about.
#[derive(Debug)]
pub(crate) struct StoreOfFlag(pub(crate) &'static str);

impl std::fmt::Display for StoreOfFlag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the store that {} names can't be used", self.0)
    }
}

/// Prints an error and returns what the program ends with.
pub(crate) fn report(error: &anyhow::Error) -> Exit {
    if error.is::<OutputClosed>() {
        return Exit::Done;
    }
    note(&format!("error: {}", message(error)));
    if let Some(hint) = hint(error) {
        note(&format!("hint: {hint}"));
    }
    exit(error)
}

/// Joins an error and its causes, without those that the error itself repeats.
fn message(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text.push_str("\n  because: ");
            text.push_str(&cause);
        }
    }
    text
}

fn store_error(error: &anyhow::Error) -> Option<&StoreError> {
    error.chain().find_map(|cause| cause.downcast_ref())
}

fn exit(error: &anyhow::Error) -> Exit {
    if error
        .chain()
        .any(|cause| cause.is::<UsageError>() || cause.is::<crate::settings::SettingsError>())
    {
        Exit::Usage
    } else if matches!(store_error(error), Some(StoreError::Unavailable(_)))
        || error
            .chain()
            .filter_map(|cause| cause.downcast_ref())
            .any(migrate::is_unavailable)
    {
        Exit::Unavailable
    } else if matches!(
        error.downcast_ref(),
        Some(TransferError::Store {
            source: StoreError::Corrupt { .. },
            ..
        })
    ) {
        // Whoever compares two stores has asked whether they are intact.
        Exit::Different
    } else {
        Exit::Failed
    }
}

fn hint(error: &anyhow::Error) -> Option<String> {
    if let Some(advised) = error.chain().find_map(|cause| cause.downcast_ref::<Advised>()) {
        return Some(advised.hint.clone());
    }
    if let Some(hinted) = error.chain().find_map(|cause| cause.downcast_ref::<Hinted>()) {
        return hinted.hint.clone();
    }
    match error.downcast_ref::<ImportError>() {
        Some(ImportError::TooManyRejected { quarantine, .. }) if !quarantine.is_empty() => {
            let file = |file: &app::import::QuarantineFile| {
                format!("{} ({} rows)", file.path.display(), numbers::count(file.rows))
            };
            let files: Vec<_> = quarantine.iter().map(file).collect();
            return Some(format!("every rejected row is in {}", files.join(", ")));
        }
        Some(ImportError::Quarantine { .. }) => {
            return Some("--rejected-dir DIR writes them elsewhere".to_owned());
        }
        Some(ImportError::NotFound(_)) => {
            return Some("`chandlery import list` shows the imports".to_owned());
        }
        _ => {}
    }
    if matches!(error.downcast_ref(), Some(ExportError::Cancelled(_))) {
        return None;
    }
    if error.is::<StoreOfFlag>() || error.is::<TransferError>() {
        // The hints are about the one store of other commands.
        return None;
    }
    let text = match store_error(error)? {
        StoreError::NotFound(EntityRef::Series(_)) => "`chandlery series list` shows what there is",
        StoreError::NotFound(EntityRef::Version(..)) => "`chandlery series commits KEY` shows the versions",
        StoreError::NotFound(EntityRef::Strategy(_)) => "`chandlery strategy list` shows what there is",
        StoreError::NotFound(EntityRef::StrategyVersion(..)) => {
            "`chandlery strategy versions NAME` shows the versions"
        }
        StoreError::NotFound(EntityRef::Backtest(_)) => "`chandlery backtest list` shows what there is",
        StoreError::NotFound(EntityRef::Sweep(_)) => "`chandlery sweep list` shows what there is",
        StoreError::Conflict {
            entity: EntityRef::Backtest(_),
            ..
        } => "`chandlery backtest show ID` tells what has become of it",
        StoreError::Conflict {
            entity: EntityRef::Sweep(_),
            ..
        } => "`chandlery sweep show ID` tells what has become of it",
        StoreError::Conflict {
            entity: EntityRef::Series(key),
            reason,
        } if reason.contains("remove that one first") => {
            return Some(format!(
                "`chandlery backtest list --series {key}` lists the backtests that read it, `chandlery sweep list` the sweeps"
            ));
        }
        StoreError::Conflict { .. } => {
            "look at what is there now (`chandlery series show KEY`) and try again if it still makes sense"
        }
        StoreError::Corrupt { .. } => {
            "`chandlery verify` and `chandlery backtest verify --all` tell what else is damaged; restore it from a backup"
        }
        StoreError::Unavailable(_) => {
            "look at --store: `chandlery config` tells which store is used, and why"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_tell_what_kind_of_failure_it_is() {
        let usage = anyhow::Error::from(UsageError("no".to_owned())).context("in a wrapper");
        assert_eq!(exit(&usage), Exit::Usage);
        let unavailable = anyhow::Error::from(StoreError::unavailable("the disk is full"));
        assert_eq!(exit(&unavailable), Exit::Unavailable);
        assert_eq!(exit(&anyhow::anyhow!("something")), Exit::Failed);
        let wrapped = app::verify::VerifyError::from(StoreError::unavailable("no"));
        assert_eq!(exit(&wrapped.into()), Exit::Unavailable);
    }

    #[test]
    fn causes_are_told_once() {
        let error = anyhow::Error::from(StoreError::unavailable("the disk is full")).context("series X:A/1d");
        assert_eq!(
            message(&error),
            "series X:A/1d\n  because: the store is unavailable: the disk is full"
        );
    }
}
