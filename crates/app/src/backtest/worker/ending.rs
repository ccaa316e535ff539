//! How jobs end that give no result.

use domain::{
    backtest::{BacktestResult, NewBacktest, RunStatus},
    job::{Finished, Work},
    market::Timestamp,
};

use crate::backtest::error::BacktestError;

/// How often a job is tried that never ends.
pub(super) const ATTEMPTS: u64 = 5;

/// Ends a job as failed.
pub(super) fn failed(work: Work, reason: String, now: Timestamp) -> Finished {
    without_result(work, RunStatus::Failed, Some(reason), now)
}

/// Ends a job whose run an error ended.
///
/// # Errors
/// The error, when the run may go well later.
pub(super) fn ended_by(error: BacktestError, work: Work, now: Timestamp) -> Result<Finished, BacktestError> {
    match error {
        error if error.is_transient() => Err(error),
        BacktestError::Cancelled(_) => Ok(without_result(work, RunStatus::Cancelled, None, now)),
        error => Ok(failed(work, error.to_string(), now)),
    }
}

/// Says why a job is not run once more after an error that may pass.
pub(super) fn given_up_after(error: &BacktestError) -> String {
    format!("{error}; it was given up after {ATTEMPTS} attempts: run it again once that is mended")
}

/// Says why a job is not run once more whose workers never told what became of it.
pub(super) fn given_up() -> String {
    format!(
        "it was given up after {ATTEMPTS} attempts: each time, its worker stopped before the end, as when memory runs \
         out. The servers' logs say more; a shorter period or a smaller grid takes less"
    )
}

fn without_result(work: Work, status: RunStatus, failure: Option<String>, now: Timestamp) -> Finished {
    match work {
        Work::Backtest(mut backtest) => {
            (backtest.status, backtest.failure) = (status, failure);
            backtest.finished_at = Some(now);
            Finished::Backtest(Box::new(NewBacktest {
                backtest: *backtest,
                result: BacktestResult::default(),
            }))
        }
        Work::Sweep(mut sweep) => {
            (sweep.status, sweep.failure) = (status, failure);
            sweep.finished_at = Some(now);
            Finished::Sweep(sweep, Vec::new())
        }
    }
}
