//! What backtests gave, on its way into the database.

use domain::{backtest::NewBacktest, error::StoreError};
use tokio::task;

use super::{
    points::{self, DayEnd, Stretch},
    trades,
};
use crate::{
    database::{Fault, Lane, Lease},
    market::TaskFault,
};

/// More trades or points than these take longer than other requests should wait.
const SHORT: usize = 50_000;

/// The equity of a backtest as it is stored.
#[derive(Debug, Default)]
pub(crate) struct Coded {
    pub(super) points: Vec<Stretch>,
    pub(super) days: Vec<DayEnd>,
}

/// Backtests that have ended, encoded.
pub(crate) struct Ended(Vec<(NewBacktest, Coded)>);

impl Ended {
    /// Encodes what backtests gave, aside from the tasks that serve others.
    pub(crate) async fn of(new: Vec<NewBacktest>) -> Result<Self, StoreError> {
        let encoding = task::spawn_blocking(move || {
            let coded = |new: NewBacktest| {
                let coded = points::encode(&new)?;
                Ok((new, coded))
            };
            new.into_iter().map(coded).collect::<Result<_, StoreError>>()
        });
        let ended = encoding
            .await
            .map_err(|error| StoreError::unavailable(TaskFault(error)))?;
        Ok(Self(ended?))
    }

    /// Walks over them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&NewBacktest, &Coded)> {
        self.0.iter().map(|(new, coded)| (new, coded))
    }
}

/// Returns the connections on which results are written: long ones must not take those of short requests away.
pub(crate) fn lane_of<'a>(new: impl IntoIterator<Item = &'a NewBacktest>) -> Lane {
    let total: usize = new.into_iter().map(|new| counts(new).0 + counts(new).1).sum();
    if total > SHORT { Lane::Bulk } else { Lane::Requests }
}

/// Returns how many trades and points there are.
pub(super) fn counts(new: &NewBacktest) -> (usize, usize) {
    (new.result.trades.len(), new.result.equity.len())
}

/// Adds trades and equity.
pub(super) async fn add(lease: &mut Lease, new: &NewBacktest, coded: &Coded) -> Result<(), Fault> {
    let id = new.backtest.id;
    trades::add(lease, id, &new.result.trades).await?;
    points::add(lease, id, coded).await
}
