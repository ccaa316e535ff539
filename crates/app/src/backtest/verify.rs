//! Running a backtest again from what it pinned, and comparing the digests.

use domain::{
    backtest::{Backtest, Origin, ResultDigest},
    error::{EntityRef, StoreError},
    id::BacktestId,
};
use engine::ENGINE_VERSION;
use serde::Serialize;

use super::{
    error::BacktestError,
    freshness::{InputFreshness, freshness},
    run::outcome,
    stored::stored_digest,
};
use crate::{progress::Progress, stores::Stores};

/// What a verification has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The run gave the same digest, and what is stored has it, too.
    Identical,
    /// What is stored is what was recorded; another tool made it, so it can't be run again.
    Unaltered,
    /// The run gave another digest.
    Different,
    /// What is stored can't be read, or does not have the digest that is stored beside it.
    Damaged,
    /// The run could not be made again.
    Impossible,
}

impl Verdict {
    /// Tells whether the result is what it was.
    pub fn is_sound(self) -> bool {
        matches!(self, Self::Identical | Self::Unaltered)
    }
}

/// What a verification has shown, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// The backtest.
    pub id: BacktestId,
    /// What was found.
    pub verdict: Verdict,
    /// The digest that is stored.
    pub expected: ResultDigest,
    /// The digest of trades, equity and figures as they are stored; `None` when they can't be read.
    pub stored: Option<ResultDigest>,
    /// The digest of the run that was made now.
    pub found: Option<ResultDigest>,
    /// What explains a verdict that is not the best one, or inputs that are missing, for people.
    pub reasons: Vec<String>,
    /// The engine that made the backtest.
    pub engine: Option<String>,
    /// What has become of the data since; nothing when newer ones are damaged. It does not touch the verdict: the pinned
    /// versions are read.
    pub inputs: Vec<InputFreshness>,
}

impl Verification {
    /// Tells whether the result is what it was.
    pub fn is_sound(&self) -> bool {
        self.verdict.is_sound()
    }
}

/// Verifies a backtest that is done.
///
/// # Errors
/// [`BacktestError::Store`] when it is not there, has no result ([`StoreError::Conflict`]), or the store can't answer;
/// [`BacktestError::Cancelled`]. What explains a difference is no error but part of the answer.
pub async fn verify(
    stores: &Stores,
    id: BacktestId,
    progress: &dyn Progress,
) -> Result<Verification, BacktestError> {
    let found = stores.backtests.backtest(id).await?;
    let backtest = found.ok_or(StoreError::NotFound(EntityRef::Backtest(id)))?;
    let Some(expected) = backtest.digest else {
        let reason = format!("it is {}; there is no result to verify", backtest.status);
        return Err(StoreError::conflict(EntityRef::Backtest(id), reason).into());
    };
    let (inputs, untold) = match freshness(stores, &backtest).await {
        Ok(inputs) => (inputs, None),
        Err(error @ StoreError::Corrupt { .. }) => {
            let untold = format!("what has become of its data since can't be told: {error}");
            (Vec::new(), Some(untold))
        }
        Err(error) => return Err(error.into()),
    };
    let (kept, damage) = match stored_digest(stores, &backtest).await {
        Ok(kept) if kept == expected => (Some(kept), None),
        Ok(kept) => {
            let found = format!("trades, equity and figures have the digest {kept} as they are stored");
            (Some(kept), Some(found))
        }
        Err(error @ StoreError::Corrupt { .. }) => (None, Some(error.to_string())),
        Err(error) => return Err(error.into()),
    };
    let mut verification = Verification {
        id,
        verdict: Verdict::Identical,
        expected,
        stored: kept,
        found: None,
        reasons: Vec::new(),
        engine: backtest.engine.clone(),
        inputs,
    };
    run_again(stores, &backtest, &mut verification, progress).await?;
    verification.reasons.extend(untold);
    if let Some(damage) = damage {
        verification.verdict = Verdict::Damaged;
        verification.reasons.insert(0, damage);
    }
    Ok(verification)
}

async fn run_again(
    stores: &Stores,
    backtest: &Backtest,
    verification: &mut Verification,
    progress: &dyn Progress,
) -> Result<(), BacktestError> {
    if let Origin::Recorded { tool, .. } = &backtest.origin {
        verification.verdict = Verdict::Unaltered;
        verification
            .reasons
            .push(format!("{tool} made it; it can't be run here"));
        return Ok(());
    }
    match outcome(stores, backtest, progress).await {
        Ok(outcome) => {
            verification.found = Some(outcome.digest);
            if outcome.digest != verification.expected {
                verification.verdict = Verdict::Different;
                verification.reasons.push(difference(backtest));
            }
        }
        Err(error @ BacktestError::Cancelled(_)) => return Err(error),
        Err(error) if error.is_transient() => return Err(error),
        Err(error) => {
            verification.verdict = Verdict::Impossible;
            verification.reasons.push(error.to_string());
            verification.reasons.extend(other_engine(backtest));
        }
    }
    Ok(())
}

fn difference(backtest: &Backtest) -> String {
    other_engine(backtest).unwrap_or_else(|| {
        "strategy, data, settings and engine are those of the stored result; please report this".to_owned()
    })
}

fn other_engine(backtest: &Backtest) -> Option<String> {
    let made_by = backtest
        .engine
        .as_deref()
        .filter(|engine| *engine != ENGINE_VERSION)?;
    Some(format!("engine {made_by} made it, this one is {ENGINE_VERSION}"))
}
