//! The one error of every store.

use std::fmt;

use crate::{
    id::{BacktestId, ImportId, JobId, SweepId},
    market::{SeriesKey, Symbol, Venue, Version},
    strategy::StrategyName,
};

/// A boxed cause, of whatever type the adapter has.
pub type Cause = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Names the thing that an error is about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntityRef {
    /// A series.
    Series(SeriesKey),
    /// One version of a series.
    Version(SeriesKey, Version),
    /// An instrument.
    Instrument(Venue, Symbol),
    /// An import.
    Import(ImportId),
    /// A strategy.
    Strategy(StrategyName),
    /// One version of a strategy.
    StrategyVersion(StrategyName, Version),
    /// A backtest.
    Backtest(BacktestId),
    /// A sweep.
    Sweep(SweepId),
    /// The job of a backtest or a sweep.
    Job(JobId),
}

impl fmt::Display for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Series(key) => write!(f, "series {key}"),
            Self::Version(key, version) => write!(f, "version {version} of series {key}"),
            Self::Instrument(venue, symbol) => write!(f, "instrument {venue}:{symbol}"),
            Self::Import(id) => write!(f, "import {id}"),
            Self::Strategy(name) => write!(f, "strategy {name}"),
            Self::Backtest(id) => write!(f, "backtest {id}"),
            Self::Sweep(id) => write!(f, "sweep {id}"),
            Self::Job(id) => write!(f, "job {id}"),
            Self::StrategyVersion(name, version) => write!(f, "version {version} of strategy {name}"),
        }
    }
}

/// What a store answers when it can't do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The entity does not exist.
    #[error("{0} does not exist")]
    NotFound(EntityRef),
    /// An entity of that name exists already.
    #[error("{entity} exists already: {reason}")]
    AlreadyExists {
        /// The entity that is in the way.
        entity: EntityRef,
        /// Why the two can't live side by side.
        reason: String,
    },
    /// The state that the caller expected is not the state that is stored; nothing was written.
    #[error("conflict on {entity}: {reason}")]
    Conflict {
        /// The entity that moved.
        entity: EntityRef,
        /// What was expected and what was found.
        reason: String,
    },
    /// The version once existed and has been pruned.
    #[error("{0} has been pruned")]
    Gone(EntityRef),
    /// The request contradicts itself or the rules of the domain; nothing was written.
    #[error("{0}")]
    Invalid(String),
    /// The stream of bars that was being written failed; nothing was written.
    #[error("the bars to write could not be read: {0}")]
    Input(#[source] Cause),
    /// What is stored is damaged.
    #[error("{entity} is damaged: {source}")]
    Corrupt {
        /// The damaged thing: a file, or a table and key.
        entity: String,
        /// What is wrong with it.
        source: Cause,
    },
    /// The store can't be reached, is full, or refuses to work.
    #[error("the store is unavailable: {0}")]
    Unavailable(#[source] Cause),
}

impl StoreError {
    /// Says that what is stored under `entity` is damaged.
    pub fn corrupt(entity: impl fmt::Display, cause: impl Into<Cause>) -> Self {
        Self::Corrupt {
            entity: entity.to_string(),
            source: cause.into(),
        }
    }

    /// Says that the store can't work for now.
    pub fn unavailable(cause: impl Into<Cause>) -> Self {
        Self::Unavailable(cause.into())
    }

    /// Says that `entity` is not in the state that the caller expected.
    pub fn conflict(entity: EntityRef, reason: impl Into<String>) -> Self {
        Self::Conflict {
            entity,
            reason: reason.into(),
        }
    }
}
