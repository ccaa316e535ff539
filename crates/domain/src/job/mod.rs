//! Jobs: backtests and sweeps that wait for a worker, or are being run by one.
//!
//! A worker takes a job for a while, its lease, and renews that while it works. A job whose lease has run out is taken
//! by another worker; each taking has a higher fencing number, and only the holder of the highest one can finish the
//! job: a worker that was thought dead writes nothing.

mod life;
mod port;

use serde::{Deserialize, Serialize};

use crate::{
    backtest::{Backtest, NewBacktest, Sweep},
    id::JobId,
};

pub use life::{JobLife, Lease, Offer};
pub use port::{JobStore, JobsQuery};

/// What is to be run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "of", rename_all = "snake_case")]
pub enum Work {
    /// One backtest.
    Backtest(Box<Backtest>),
    /// One sweep.
    Sweep(Box<Sweep>),
}

impl Work {
    /// Returns the job's id: that of the backtest or of the sweep.
    pub fn id(&self) -> JobId {
        match self {
            Self::Backtest(backtest) => backtest.id.into(),
            Self::Sweep(sweep) => sweep.id.into(),
        }
    }

    /// Tells which of the two it is.
    pub fn kind(&self) -> JobKind {
        match self {
            Self::Backtest(_) => JobKind::Backtest,
            Self::Sweep(_) => JobKind::Sweep,
        }
    }
}

/// What a worker holds while it works: the right to finish a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// The job.
    pub job: JobId,
    /// The fencing number of the taking.
    pub fence: u64,
}

/// A job that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct TakenJob {
    /// The right to finish it.
    pub ticket: Ticket,
    /// How often it was tried, this time included; 1 at first.
    pub attempt: u64,
    /// What is to be run.
    pub work: Work,
}

/// How far a worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct JobProgress {
    /// How many steps are done.
    pub done: u64,
    /// How many there are.
    pub total: u64,
}

/// What a worker hears when it renews its lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// It goes on.
    GoOn,
    /// It shall stop, and finish the job as cancelled.
    Cancel,
}

/// Why a worker gives a job back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handback {
    /// It could not be run: an attempt has failed.
    Failed,
    /// The worker was stopped, which tells nothing of the job: it was no attempt.
    Stopped,
}

/// What became of a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Finished {
    /// The backtest has ended, well or not.
    Backtest(Box<NewBacktest>),
    /// The sweep has ended, well or not; its best runs come with it.
    Sweep(Box<Sweep>, Vec<NewBacktest>),
}

impl Finished {
    /// Returns the job's id.
    pub fn id(&self) -> JobId {
        match self {
            Self::Backtest(new) => new.backtest.id.into(),
            Self::Sweep(sweep, _) => sweep.id.into(),
        }
    }
}

/// What a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// One backtest.
    Backtest,
    /// One sweep.
    Sweep,
}

/// A job that has not ended, as lists have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobHead {
    /// Its id: that of the backtest or of the sweep.
    pub id: JobId,
    /// What it runs.
    pub kind: JobKind,
    /// What is known of it.
    pub state: JobState,
}

/// What is known of a job that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobState {
    /// The worker that has it, if one has.
    pub worker: Option<String>,
    /// How far it is.
    pub progress: JobProgress,
    /// Whether it was told to stop.
    pub is_cancelled: bool,
}
