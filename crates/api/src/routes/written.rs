//! What became of a write.

use domain::market::Written;
use serde::Serialize;
use utoipa::ToSchema;

use super::commits::CommitBody;

/// What became of a write.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It made a version.
    Committed,
    /// Nothing differed, bit for bit: no version was made.
    Unchanged,
    /// It had been made before under the same key.
    Repeated,
}

/// The answer to a write.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WrittenBody {
    /// What became of it.
    outcome: Outcome,
    /// The version that the series has now, or had after the repeated write; 0 when there is no such series.
    version: u64,
    /// The commit that the write made, now or before.
    commit: Option<CommitBody>,
}

impl From<Written> for WrittenBody {
    fn from(written: Written) -> Self {
        let (outcome, version) = match &written {
            Written::Committed(commit) => (Outcome::Committed, commit.version.0),
            Written::Repeated(commit) => (Outcome::Repeated, commit.version.0),
            Written::Unchanged(head) => (Outcome::Unchanged, head.as_ref().map_or(0, |head| head.version.0)),
        };
        Self {
            outcome,
            version,
            commit: written.commit().cloned().map(CommitBody::from),
        }
    }
}
