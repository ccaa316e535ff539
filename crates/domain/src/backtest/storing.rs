//! What every store of backtests and sweeps does with what it is given.

use super::{Backtest, BacktestSettings, NewBacktest, RunStatus, Sweep};
use crate::{
    error::{EntityRef, StoreError},
    market::Timestamp,
};

impl NewBacktest {
    /// Checks what is to be stored as ended.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when it has not ended, has a result though it is not done, its trades are not numbered
    /// from 1 in order, or one of its numbers is not finite: not every store could keep it.
    pub fn check(&self) -> Result<(), StoreError> {
        let Self { backtest, result } = self;
        let invalid = |problem: &str| {
            let text = format!("backtest {} can't be stored: {problem}", backtest.id);
            Err(StoreError::Invalid(text))
        };
        if !backtest.status.has_ended() {
            return invalid(&format!("it is {} and has not ended", backtest.status));
        }
        let has_result = !result.trades.is_empty() || !result.equity.is_empty();
        if has_result && backtest.status != RunStatus::Done {
            return invalid("it has a result, but is not done");
        }
        if !(1..)
            .zip(&result.trades)
            .all(|(number, trade)| trade.number == number)
        {
            return invalid("its trades are not numbered from 1 in order");
        }
        let in_trades = result.trades.iter().flat_map(|trade| {
            [
                ("a trade's units", trade.units),
                ("a trade's entry price", trade.entry_price),
                ("a trade's exit price", trade.exit_price),
                ("a trade's gross", trade.gross),
                ("a trade's costs", trade.costs),
                ("a trade's net", trade.net),
                ("a trade's return", trade.net_return),
            ]
        });
        match not_finite(numbers(backtest).chain(in_trades)) {
            Some(name) => invalid(&format!("{name} is not a finite number")),
            None => Ok(()),
        }
    }

    /// Tells whether it is to be stored beside what is `stored` under its id: not when they are equal.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when they differ.
    pub fn is_missing_beside(&self, stored: Option<&Self>) -> Result<bool, StoreError> {
        match stored {
            None => Ok(true),
            Some(stored) if stored == self => Ok(false),
            Some(_) => Err(taken(self.backtest.entity())),
        }
    }
}

impl Backtest {
    /// Names it in errors.
    pub fn entity(&self) -> EntityRef {
        EntityRef::Backtest(self.id)
    }

    /// Returns it as it is stored when it ends as `finished`: what people write of it stays as it is `self`.
    #[must_use]
    pub fn finished_as(&self, finished: &Self) -> Self {
        Self {
            title: self.title.clone(),
            notes: self.notes.clone(),
            tags: self.tags.clone(),
            ..finished.clone()
        }
    }

    /// Returns it cancelled at `now`.
    #[must_use]
    pub fn cancelled(self, now: Timestamp) -> Self {
        Self {
            status: RunStatus::Cancelled,
            finished_at: Some(now),
            ..self
        }
    }

    /// Tells whether what was `asked` for is this backtest, whatever a worker and people have made of it since.
    pub fn was_asked_as(&self, asked: &Self) -> bool {
        let asked_for = |backtest: &Self| Self {
            status: RunStatus::Queued,
            title: None,
            notes: None,
            tags: std::collections::BTreeSet::new(),
            finished_at: None,
            engine: None,
            digest: None,
            span: None,
            metrics: super::Metrics::default(),
            failure: None,
            ..backtest.clone()
        };
        asked_for(self) == asked_for(asked)
    }

    /// Checks that nobody is to run it any more, so that it can be removed.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] while it is queued or running.
    pub fn check_removable(&self) -> Result<(), StoreError> {
        removable(self.entity(), self.status)
    }
}

impl Sweep {
    /// Names it in errors.
    pub fn entity(&self) -> EntityRef {
        EntityRef::Sweep(self.id)
    }

    /// Checks what is to be stored as ended, with its best runs.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when it has not ended, one of its numbers is not finite, or one of its best runs can't
    /// be stored.
    pub fn check(&self, best: &[NewBacktest]) -> Result<(), StoreError> {
        if !self.status.has_ended() {
            let text = format!(
                "sweep {} can't be stored: it is {} and has not ended",
                self.id, self.status
            );
            return Err(StoreError::Invalid(text));
        }
        self.check_numbers()?;
        best.iter().try_for_each(NewBacktest::check)
    }

    /// Checks that all numbers are finite.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] naming one that is not.
    pub(crate) fn check_numbers(&self) -> Result<(), StoreError> {
        let in_axes = self.axes.iter().flat_map(|axis| {
            let values = axis.values.iter();
            values.map(|value| ("a value of an axis", *value))
        });
        let in_rows = self.rows.iter().flat_map(|row| {
            let parameters = row.parameters.iter().map(|value| ("a row's parameter", *value));
            let figures = row.figures.iter().flatten();
            parameters.chain(figures.map(|value| ("a row's figure", *value)))
        });
        match not_finite(in_settings(&self.settings).chain(in_axes).chain(in_rows)) {
            Some(name) => {
                let text = format!("sweep {} can't be stored: {name} is not a finite number", self.id);
                Err(StoreError::Invalid(text))
            }
            None => Ok(()),
        }
    }

    /// Tells whether it is to be stored beside what is `stored` under its id: not when they are equal.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when they differ.
    pub fn is_missing_beside(&self, stored: Option<&Self>) -> Result<bool, StoreError> {
        match stored {
            None => Ok(true),
            Some(stored) if stored == self => Ok(false),
            Some(_) => Err(taken(self.entity())),
        }
    }

    /// Returns it cancelled at `now`.
    #[must_use]
    pub fn cancelled(self, now: Timestamp) -> Self {
        Self {
            status: RunStatus::Cancelled,
            finished_at: Some(now),
            ..self
        }
    }

    /// Tells whether what was `asked` for is this sweep, whatever a worker has made of it since.
    pub fn was_asked_as(&self, asked: &Self) -> bool {
        let asked_for = |sweep: &Self| Self {
            status: RunStatus::Queued,
            finished_at: None,
            engine: None,
            figures: Vec::new(),
            rows: Vec::new(),
            failure: None,
            ..sweep.clone()
        };
        asked_for(self) == asked_for(asked)
    }

    /// Checks that nobody is to run it any more, so that it can be removed.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] while it is queued or running.
    pub fn check_removable(&self) -> Result<(), StoreError> {
        removable(self.entity(), self.status)
    }
}

/// Says that something else has the id.
pub(crate) fn taken(entity: EntityRef) -> StoreError {
    StoreError::conflict(entity, "another one with this id is there already")
}

fn removable(entity: EntityRef, status: RunStatus) -> Result<(), StoreError> {
    if status.has_ended() {
        Ok(())
    } else {
        let reason = format!("it is {status}; cancel it first, and remove it once it has ended");
        Err(StoreError::conflict(entity, reason))
    }
}

/// Checks that all numbers of a backtest's record are finite.
///
/// # Errors
/// [`StoreError::Invalid`] naming one that is not.
pub(crate) fn check_numbers(backtest: &Backtest) -> Result<(), StoreError> {
    match not_finite(numbers(backtest)) {
        Some(name) => {
            let text = format!(
                "backtest {} can't be stored: {name} is not a finite number",
                backtest.id
            );
            Err(StoreError::Invalid(text))
        }
        None => Ok(()),
    }
}

fn numbers(backtest: &Backtest) -> impl Iterator<Item = (&str, f64)> {
    let metrics = backtest.metrics.iter();
    let figures = metrics.filter_map(|(name, metric)| Some((name, metric.value?)));
    let span = backtest.span.iter();
    in_settings(&backtest.settings)
        .chain(figures)
        .chain(span.map(|span| ("the final equity", span.final_equity)))
}

fn in_settings(settings: &BacktestSettings) -> impl Iterator<Item = (&str, f64)> {
    let costs = &settings.costs;
    let parameters = settings.parameters.iter();
    let alone = [
        ("cash", settings.cash),
        ("commission_bps", costs.commission_bps),
        ("commission_per_trade", costs.commission_per_trade),
        ("slippage_bps", costs.slippage_bps),
        ("sessions_per_year", settings.sessions_per_year),
        ("risk_free", settings.risk_free),
    ];
    alone
        .into_iter()
        .chain(parameters.map(|(name, value)| (name.as_str(), *value)))
}

fn not_finite<'a>(mut numbers: impl Iterator<Item = (&'a str, f64)>) -> Option<&'a str> {
    let found = numbers.find(|(_, number)| !number.is_finite());
    found.map(|(name, _)| name)
}

#[cfg(test)]
mod tests;
