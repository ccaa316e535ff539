//! What backtests and sweeps have in common as jobs: how far they are, and that they are told to stop.

use std::io::{self, Write};

use domain::{
    backtest::RunStatus,
    error::{EntityRef, StoreError},
    id::JobId,
    job::JobState,
};
use serde::Serialize;

use crate::{
    output::{Report, counted},
    session::Session,
};

/// What became of the backtests or sweeps that were told to stop.
#[derive(Debug, Serialize)]
struct CancelReport {
    /// What they are.
    #[serde(skip)]
    noun: &'static str,
    cancelled: Vec<Cancelled>,
}

/// A backtest or a sweep that was told to stop.
#[derive(Debug, Serialize)]
struct Cancelled {
    id: JobId,
    status: RunStatus,
    /// What is known of its job as long as its worker has not heard of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<JobState>,
}

/// Says that what has ended can't be stopped.
///
/// # Errors
/// [`StoreError::Conflict`] when it has ended.
fn check_stoppable(entity: EntityRef, status: RunStatus) -> Result<(), StoreError> {
    if status.has_ended() {
        return Err(StoreError::conflict(entity, format!("it is {status} already")));
    }
    Ok(())
}

/// Tells backtests or sweeps to stop, unless one of them has ended, and prints what became of them. `look` tells what
/// one is and how far.
pub(crate) async fn cancel(
    session: &Session,
    noun: &'static str,
    ids: Vec<JobId>,
    look: impl AsyncFn(JobId) -> anyhow::Result<(EntityRef, RunStatus)>,
) -> anyhow::Result<()> {
    for id in &ids {
        let (entity, status) = look(*id).await?;
        check_stoppable(entity, status)?;
    }
    let mut cancelled = Vec::with_capacity(ids.len());
    for id in ids {
        match session.stores.jobs.cancel_job(id).await {
            Err(StoreError::NotFound(EntityRef::Job(_))) => {
                // It has ended since it was looked at, and is named by what it is now.
                let (entity, status) = look(id).await?;
                check_stoppable(entity, status)?;
            }
            told => told?,
        }
        let (_, status) = look(id).await?;
        let job = job(session, id, status).await?;
        cancelled.push(Cancelled { id, status, job });
    }
    session.print(&CancelReport { noun, cancelled })
}

/// Returns what is known of a job; `None` when what it runs has ended.
pub(crate) async fn job(
    session: &Session,
    id: impl Into<JobId>,
    status: RunStatus,
) -> Result<Option<JobState>, StoreError> {
    if status.has_ended() {
        return Ok(None);
    }
    session.stores.jobs.job(id.into()).await
}

/// Tells how far a backtest or a sweep is that has not ended.
pub(crate) fn progress(status: RunStatus, job: &JobState) -> String {
    let percent = (job.progress.total > 0).then(|| {
        let share = job.progress.done as f64 / job.progress.total as f64;
        format!("{:.0} % done", share * 100.0)
    });
    let worker = job.worker.as_ref().map(|worker| format!("by {worker}"));
    let stop = job.is_cancelled.then(|| "to be stopped".to_owned());
    let parts = [Some(status.to_string()), percent, worker, stop];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Tells the status of a backtest or a sweep, and why it failed or how far it is.
pub(crate) fn status(status: RunStatus, failure: Option<&str>, job: Option<&JobState>) -> String {
    match (failure, job) {
        (Some(failure), _) => format!("{status}: {failure}"),
        (None, Some(job)) => progress(status, job),
        (None, None) => status.to_string(),
    }
}

impl Report for CancelReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let running = |one: &&Cancelled| !one.status.has_ended();
        for one in self.cancelled.iter().filter(running) {
            let status = status(one.status, None, one.job.as_ref());
            writeln!(out, "{} {}: {status}", self.noun, one.id)?;
        }
        let ended = self.cancelled.iter().filter(|one| one.status.has_ended()).count();
        if ended > 0 {
            writeln!(out, "{} cancelled", counted(ended as u64, self.noun))?;
        }
        if ended < self.cancelled.len() {
            writeln!(
                out,
                "A worker hears of it when it renews its lease, within a second or two."
            )?;
        }
        Ok(())
    }

    fn is_summary(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use domain::job::JobProgress;

    use super::*;

    fn running(is_cancelled: bool) -> JobState {
        JobState {
            worker: Some("alpha/1".to_owned()),
            progress: JobProgress { done: 1, total: 4 },
            is_cancelled,
        }
    }

    #[test]
    fn what_runs_tells_how_far_it_is() {
        let said = |job: Option<&JobState>| status(RunStatus::Running, None, job);
        assert_eq!(said(Some(&running(false))), "running, 25 % done, by alpha/1");
        let stopping = said(Some(&running(true)));
        assert!(stopping.ends_with("to be stopped"), "{stopping}");
        assert_eq!(said(None), "running");
        let failed = status(RunStatus::Failed, Some("no bars"), None);
        assert_eq!(failed, "failed: no bars");
    }

    #[test]
    fn what_has_ended_can_not_be_stopped() {
        let sweep = || EntityRef::Sweep("01936f2e-8f2a-7cc0-8a55-3f2f6f1f7a10".parse().unwrap());
        assert!(check_stoppable(sweep(), RunStatus::Queued).is_ok());
        let error = check_stoppable(sweep(), RunStatus::Done).unwrap_err().to_string();
        assert!(error.contains("it is done already"), "{error}");
    }

    #[test]
    fn a_worker_that_has_not_heard_of_it_is_told_of() {
        let id = uuid::Uuid::nil();
        let one = |status, job| Cancelled {
            id: domain::id::BacktestId::from_uuid(id).into(),
            status,
            job,
        };
        let report = CancelReport {
            noun: "backtest",
            cancelled: vec![
                one(RunStatus::Cancelled, None),
                one(RunStatus::Running, Some(running(true))),
            ],
        };
        let mut text = Vec::new();
        report.render(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.contains("running, 25 % done, by alpha/1, to be stopped\n1 backtest cancelled\n"),
            "{text}"
        );
        assert!(text.contains("renews its lease"), "{text}");
    }
}
