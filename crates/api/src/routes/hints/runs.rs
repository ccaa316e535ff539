//! What changes of backtests and sweeps.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use app::stores::Stores;
use domain::{
    backtest::{BacktestSort, BacktestsFilter, BacktestsQuery, RunStatus, SweepsQuery},
    error::StoreError,
    id::{BacktestId, JobId, SweepId},
    job::{JobHead, JobKind, JobProgress, JobsQuery},
    market::Order,
    page::{Page, PageRequest},
};

use super::{Hint, Look, NEWEST, State};

/// What is known of a run: what it is, its status, and how far it is while it is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    kind: JobKind,
    status: RunStatus,
    progress: Option<JobProgress>,
}

/// What has been seen of backtests and sweeps: the newest ones, and those that run or are the next to run, which are the
/// oldest ones that have not ended. A run that was seen to wait or to run is followed until it ends; one that waits
/// behind all of these and is no longer among the newest is seen again when its turn comes.
#[derive(Debug, Default)]
pub(super) struct SeenRuns(Option<Seen>);

#[derive(Debug)]
struct Seen {
    runs: BTreeMap<JobId, Known>,
    /// The last job that was looked at, if more wait behind it.
    last_job: Option<JobId>,
}

impl SeenRuns {
    /// Returns what has changed since the last look; the first look only remembers.
    pub(super) async fn look(&mut self, stores: &Stores) -> Result<Look, StoreError> {
        // Jobs come first: a run that ends meanwhile is seen to have ended, and none goes back from there.
        let page = PageRequest::first(NEWEST);
        let jobs = stores.jobs.jobs(JobsQuery { page }).await?;
        let newest = newest(stores).await?;
        let mut runs: BTreeMap<JobId, Known> = jobs
            .items
            .iter()
            .map(|job| (job.id, waiting_or_running(job)))
            .collect();
        let progress: HashMap<_, _> = jobs
            .items
            .iter()
            .map(|job| (job.id, job.state.progress))
            .collect();
        for (id, kind, status) in newest.iter().flatten().copied() {
            let progress = match status {
                RunStatus::Running => progress.get(&id).copied(),
                _ => None,
            };
            runs.insert(
                id,
                Known {
                    kind,
                    status,
                    progress,
                },
            );
        }
        let (mut hints, mut missed) = (Vec::new(), false);
        if let Some(before) = &self.0 {
            follow(stores, before, &jobs, &mut runs).await?;
            let is_listed = |id: &JobId| newest.iter().flatten().any(|(listed, ..)| listed == id);
            for (id, now) in &runs {
                let is_told = match before.runs.get(id) {
                    Some(known) => known != now,
                    // One that waits and has only come nearer to its turn is not new.
                    None => now.status != RunStatus::Queued || is_listed(id),
                };
                if is_told {
                    hints.push(hint(*id, now));
                }
            }
            let all_new = |list: &Vec<Listed>| {
                list.len() == NEWEST && !list.iter().any(|(id, ..)| before.runs.contains_key(id))
            };
            missed = newest.iter().any(all_new) || before.may_have_missed(&jobs.items);
        }
        self.0 = Some(Seen {
            runs,
            last_job: jobs.next,
        });
        Ok(Look { hints, missed })
    }
}

impl Seen {
    /// Tells whether jobs may have come to their turn and gone since, unseen: those behind the last one that was looked
    /// at have to wait as long as one does that is not behind it.
    fn may_have_missed(&self, jobs: &[JobHead]) -> bool {
        self.last_job.is_some_and(|last| {
            let mut before_it = jobs.iter().take_while(|job| job.id <= last);
            before_it.all(|job| job.state.worker.is_some())
        })
    }
}

/// A run of a list.
type Listed = (JobId, JobKind, RunStatus);

/// Lists the newest backtests, and the newest sweeps.
async fn newest(stores: &Stores) -> Result<[Vec<Listed>; 2], StoreError> {
    let backtests = stores.backtests.backtests(BacktestsQuery {
        filter: BacktestsFilter::default(),
        sort: BacktestSort::Created,
        order: Order::Descending,
        page: PageRequest::first(NEWEST),
    });
    let sweeps = stores.sweeps.sweeps(SweepsQuery {
        page: PageRequest::first(NEWEST),
    });
    let (backtests, sweeps) = futures::try_join!(backtests, sweeps)?;
    let backtests = backtests.items.iter();
    let sweeps = sweeps.items.iter();
    Ok([
        backtests
            .map(|run| (run.id.into(), JobKind::Backtest, run.status))
            .collect(),
        sweeps
            .map(|run| (run.id.into(), JobKind::Sweep, run.status))
            .collect(),
    ])
}

fn waiting_or_running(job: &JobHead) -> Known {
    let is_running = job.state.worker.is_some();
    Known {
        kind: job.kind,
        status: if is_running {
            RunStatus::Running
        } else {
            RunStatus::Queued
        },
        progress: is_running.then_some(job.state.progress),
    }
}

/// Adds to `runs` those that had not ended before and are in no list any more.
async fn follow(
    stores: &Stores,
    before: &Seen,
    jobs: &Page<JobHead, JobId>,
    runs: &mut BTreeMap<JobId, Known>,
) -> Result<(), StoreError> {
    for (id, known) in &before.runs {
        let waits = known.status == RunStatus::Queued && jobs.next.is_some_and(|last| *id > last);
        if known.status.has_ended() || waits || runs.contains_key(id) {
            continue;
        }
        let uuid = id.as_uuid();
        let status = match known.kind {
            JobKind::Backtest => {
                let found = stores.backtests.backtest(BacktestId::from_uuid(uuid)).await?;
                found.map(|backtest| backtest.status)
            }
            JobKind::Sweep => {
                let found = stores.sweeps.sweep(SweepId::from_uuid(uuid)).await?;
                found.map(|sweep| sweep.status)
            }
        };
        // One that was removed is not told.
        runs.extend(status.map(|status| {
            let progress = known.progress.filter(|_| status == RunStatus::Running);
            let kind = known.kind;
            (
                *id,
                Known {
                    kind,
                    status,
                    progress,
                },
            )
        }));
    }
    Ok(())
}

fn hint(id: JobId, known: &Known) -> Hint {
    Hint {
        entity: match known.kind {
            JobKind::Backtest => "backtest",
            JobKind::Sweep => "sweep",
        },
        id: id.to_string(),
        version: None,
        state: Some(State::Run(known.status)),
        progress: known.progress,
    }
}
