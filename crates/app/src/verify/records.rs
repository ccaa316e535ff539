//! Strategies, backtests and sweeps: whether what is stored can be read, and has the digests that are stored beside it.

use domain::{
    backtest::Backtest,
    error::StoreError,
    id::{BacktestId, SweepId},
    market::{Damage, Sha256Hex},
    strategy::StrategyVersion,
};
use serde::Serialize;

use super::VerifyError;
use crate::{
    backtest::stored_digest,
    progress::{Cancelled, Progress, Stage},
    stores::Stores,
    transfer::{RunPins, StrategyPin},
};

/// What a verification of a store's records has shown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct RecordsCheck {
    /// How many versions of strategies were read.
    pub strategy_versions: u64,
    /// How many backtests were read that have ended, with their results.
    pub backtests: u64,
    /// How many sweeps were read that have ended.
    pub sweeps: u64,
    /// What does not match.
    pub damages: Vec<Damage>,
}

/// Reads every strategy, and every backtest and sweep that has ended.
pub(super) async fn check(stores: &Stores, progress: &dyn Progress) -> Result<RecordsCheck, VerifyError> {
    let mut check = RecordsCheck::default();
    let strategies = StrategyPin::all(stores).await?;
    let runs = RunPins::all(stores).await?;
    let versions: u64 = strategies.iter().map(|pin| pin.versions().count() as u64).sum();
    let (backtests, sweeps) = runs.counts();
    progress.begin(&Stage::Verifying, Some(versions + backtests + sweeps));
    for pin in &strategies {
        let known = check.damages.len();
        for number in pin.versions() {
            Cancelled::check(progress)?;
            let found = stores.strategies.strategy(pin.name(), Some(number)).await;
            check.strategy_versions += 1;
            check.note(
                || format!("version {number} of strategy {}", pin.name()),
                found.map(|found| match &found {
                    Some(version) => strategy_problem(version),
                    None => Some(MISSING_VERSION.to_owned()),
                }),
            )?;
            progress.advance(1, 0);
        }
        if check.damages.len() == known {
            // Whether it is in use is stored beside its versions.
            let found = pin.is_removed(stores).await.map(|_| None);
            check.note(|| format!("strategy {}", pin.name()), found)?;
        }
    }
    for id in runs.backtests() {
        Cancelled::check(progress)?;
        let found = backtest_problem(stores, *id).await;
        check.backtests += 1;
        check.note(|| format!("backtest {id}"), found)?;
        progress.advance(1, 0);
    }
    for id in runs.sweeps() {
        Cancelled::check(progress)?;
        let found = sweep_problem(stores, *id).await;
        check.sweeps += 1;
        check.note(|| format!("sweep {id}"), found)?;
        progress.advance(1, 0);
    }
    Ok(check)
}

impl RecordsCheck {
    fn note(
        &mut self,
        entity: impl Fn() -> String,
        found: Result<Option<String>, StoreError>,
    ) -> Result<(), StoreError> {
        let problem = match found {
            Ok(problem) => problem,
            // It says itself what is damaged.
            Err(damage @ StoreError::Corrupt { .. }) => Some(damage.to_string()),
            Err(error) => return Err(error),
        };
        self.damages.extend(problem.map(|problem| Damage {
            entity: entity(),
            problem,
        }));
        Ok(())
    }
}

/// What is said of a version that is not there: none is ever removed.
const MISSING_VERSION: &str = "it is missing; restore it from a backup";

fn strategy_problem(version: &StrategyVersion) -> Option<String> {
    let found = Sha256Hex::from_bytes(engine::document_digest(&version.document));
    (found != version.digest).then(|| {
        let (found, stored) = (found.as_str(), version.digest.as_str());
        format!("its document has the digest {found}, not {stored}")
    })
}

async fn backtest_problem(stores: &Stores, id: BacktestId) -> Result<Option<String>, StoreError> {
    // One that was removed meanwhile has no problem.
    let Some(backtest) = stores.backtests.backtest(id).await? else {
        return Ok(None);
    };
    let found = stored_digest(stores, &backtest).await?;
    let Backtest { digest, .. } = backtest;
    Ok(digest.filter(|stored| *stored != found).map(|stored| {
        format!("trades, equity and figures have the digest {found} as they are stored, not {stored}")
    }))
}

async fn sweep_problem(stores: &Stores, id: SweepId) -> Result<Option<String>, StoreError> {
    stores.sweeps.sweep(id).await?;
    Ok(None)
}
