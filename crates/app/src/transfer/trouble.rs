//! What keeps one series from being transferred, while the others go on.

use domain::error::StoreError;

use super::{
    error::{Side, TransferError},
    report::{Outcome, SideDamage},
};

/// An error of one of the two stores, about one series.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) side: Side,
    pub(super) error: StoreError,
}

/// Why a series does not match.
#[derive(Debug, Clone)]
pub(super) struct Stopped {
    pub(super) outcome: Outcome,
    pub(super) problem: String,
    pub(super) damage: Option<SideDamage>,
}

impl Trouble {
    /// Says on which side an error happened.
    pub(super) fn at(side: Side) -> impl Fn(StoreError) -> Self {
        move |error| Self { side, error }
    }

    /// Tells what it means for the series; the whole transfer ends when a store can't work at all.
    pub(super) fn stops(self) -> Result<Stopped, TransferError> {
        let Self { side, error } = self;
        match error {
            StoreError::Unavailable(_) | StoreError::Input(_) => {
                Err(TransferError::Store { side, source: error })
            }
            StoreError::Corrupt { entity, source } => {
                let damage = SideDamage {
                    side,
                    entity,
                    problem: source.to_string(),
                };
                Ok(Stopped::damaged(damage))
            }
            error => Ok(Stopped {
                outcome: match side {
                    Side::Source => Outcome::Differs,
                    Side::Target => Outcome::Refused,
                },
                problem: format!("the {side} says: {error}"),
                damage: None,
            }),
        }
    }
}

impl Stopped {
    /// Says that something is damaged.
    pub(super) fn damaged(damage: SideDamage) -> Self {
        Self {
            outcome: Outcome::Damaged,
            problem: format!("damaged on the side of the {}", damage.side),
            damage: Some(damage),
        }
    }

    /// Says that the two sides differ.
    pub(super) fn differs(problem: String) -> Self {
        Self {
            outcome: Outcome::Differs,
            problem,
            damage: None,
        }
    }
}
