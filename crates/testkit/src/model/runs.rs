//! A model of stored backtests, sweeps and jobs: a map of each.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    backtest::{
        Backtest, BacktestEdit, BacktestInput, BacktestPosition, BacktestSort, BacktestsQuery, NewBacktest,
        RunStatus, StrategyRef, Sweep, SweepsQuery,
    },
    error::{EntityRef, StoreError},
    id::{BacktestId, JobId, SweepId},
    job::{
        Finished, Handback, JobHead, JobLife, JobProgress, JobState, JobsQuery, Offer, Renewal, TakenJob,
        Ticket, Work,
    },
    market::{AsOf, SeriesKey, Timestamp},
    page::Page,
};

use super::{Model, Strategies};

/// Every backtest, sweep and job that a store should hold.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    backtests: BTreeMap<BacktestId, NewBacktest>,
    sweeps: BTreeMap<SweepId, Sweep>,
    jobs: BTreeMap<JobId, JobLife>,
}

/// What backtests and sweeps refer to.
pub(crate) struct Around<'a> {
    pub(crate) model: &'a Model,
    pub(crate) strategies: &'a Strategies,
}

impl Around<'_> {
    fn check(&self, strategy: Option<&StrategyRef>, inputs: &[BacktestInput]) -> Result<(), StoreError> {
        if let Some(strategy) = strategy {
            let found = self.strategies.find(&strategy.name, Some(strategy.version));
            let found = found.ok_or_else(|| StoreError::NotFound(strategy.entity()))?;
            strategy.check_contents(&found.digest)?;
        }
        for input in inputs {
            let commit = self
                .model
                .commit_at(&input.series, AsOf::Version(input.version))?;
            let commit = commit.ok_or_else(|| StoreError::NotFound(input.entity()))?;
            input.check_contents(commit.digest)?;
        }
        Ok(())
    }

    fn check_backtest(&self, backtest: &Backtest) -> Result<(), StoreError> {
        self.check(backtest.strategy.as_ref(), &backtest.inputs)
    }

    fn check_sweep(&self, sweep: &Sweep) -> Result<(), StoreError> {
        self.check(Some(&sweep.strategy), &sweep.inputs)
    }
}

impl Runs {
    pub(crate) fn add(&mut self, new: &NewBacktest, around: &Around<'_>) -> Result<(), StoreError> {
        new.check()?;
        if self.lacks(new)? {
            around.check_backtest(&new.backtest)?;
            self.backtests.insert(new.backtest.id, new.clone());
        }
        Ok(())
    }

    pub(crate) fn find(&self, id: BacktestId) -> Result<&NewBacktest, StoreError> {
        self.backtests.get(&id).ok_or_else(|| unknown(id))
    }

    pub(crate) fn list(&self, query: &BacktestsQuery) -> Page<Backtest, BacktestPosition> {
        let place = |backtest: &Backtest| query.sort.position(backtest);
        let compare = |a: &BacktestPosition, b: &BacktestPosition| BacktestSort::compare(query.order, a, b);
        let stored = self.backtests.values().map(|stored| &stored.backtest);
        let wanted = stored.filter(|backtest| {
            let after = query.page.after.as_ref();
            let behind = after.is_none_or(|after| compare(&place(backtest), after).is_gt());
            behind && query.filter.accepts(backtest)
        });
        let mut items: Vec<Backtest> = wanted.cloned().collect();
        items.sort_by(|a, b| compare(&place(a), &place(b)));
        Page::cut(items, query.page.limit, place)
    }

    pub(crate) fn edit(&mut self, id: BacktestId, edit: BacktestEdit) -> Result<Backtest, StoreError> {
        let stored = self.backtests.get_mut(&id).ok_or_else(|| unknown(id))?;
        edit.apply(&mut stored.backtest);
        Ok(stored.backtest.clone())
    }

    pub(crate) fn remove(&mut self, id: BacktestId) -> Result<(), StoreError> {
        self.find(id)?.backtest.check_removable()?;
        self.backtests.remove(&id);
        Ok(())
    }

    pub(crate) fn add_sweep(
        &mut self,
        sweep: &Sweep,
        best: &[NewBacktest],
        around: &Around<'_>,
    ) -> Result<(), StoreError> {
        sweep.check(best)?;
        let missing = sweep.is_missing_beside(self.sweeps.get(&sweep.id))?;
        around.check_sweep(sweep)?;
        let runs = self.missing(best, around)?;
        if missing {
            self.sweeps.insert(sweep.id, sweep.clone());
        }
        self.backtests.extend(runs);
        Ok(())
    }

    pub(crate) fn sweep(&self, id: SweepId) -> Option<Sweep> {
        self.sweeps.get(&id).cloned()
    }

    pub(crate) fn sweeps(&self, query: &SweepsQuery) -> Page<Sweep, SweepId> {
        let older = self.sweeps.values().rev().filter(|sweep| {
            let after = query.page.after;
            after.is_none_or(|after| sweep.id < after)
        });
        let without_rows = |sweep: &Sweep| Sweep {
            rows: Vec::new(),
            ..sweep.clone()
        };
        Page::cut(older.map(without_rows).collect(), query.page.limit, |sweep| {
            sweep.id
        })
    }

    pub(crate) fn remove_sweep(&mut self, id: SweepId) -> Result<(), StoreError> {
        let found = self.sweeps.get(&id);
        let sweep = found.ok_or(StoreError::NotFound(EntityRef::Sweep(id)))?;
        sweep.check_removable()?;
        self.sweeps.remove(&id);
        Ok(())
    }

    /// Refuses to let a series go that something pins.
    pub(crate) fn check_purge(&self, key: &SeriesKey) -> Result<(), StoreError> {
        let by_backtests = self.backtests.values().map(|stored| {
            let backtest = &stored.backtest;
            (backtest.entity(), &backtest.inputs)
        });
        let by_sweeps = self.sweeps.values().map(|sweep| (sweep.entity(), &sweep.inputs));
        for (holder, inputs) in by_backtests.chain(by_sweeps) {
            if let Some(input) = inputs.iter().find(|input| input.series == *key) {
                return Err(input.pinned_by(&holder));
            }
        }
        Ok(())
    }

    pub(crate) fn enqueue(&mut self, work: &Work, around: &Around<'_>) -> Result<(), StoreError> {
        work.check()?;
        if !work.is_missing_beside(self.work(work.id()).as_ref())? {
            return Ok(());
        }
        match work {
            Work::Backtest(backtest) => around.check_backtest(backtest)?,
            Work::Sweep(sweep) => around.check_sweep(sweep)?,
        }
        self.put(work.clone());
        self.jobs.insert(work.id(), JobLife::default());
        Ok(())
    }

    pub(crate) fn take(&mut self, worker: &str, lease: Duration, now: Timestamp) -> Option<TakenJob> {
        for id in self.jobs.keys().copied().collect::<Vec<_>>() {
            let life = self.jobs.get_mut(&id)?;
            match life.offer(now) {
                Offer::Leave => {}
                Offer::End => self.end_cancelled(id, now),
                Offer::Take => {
                    let ticket = life.take(id, worker, lease, now);
                    let attempt = life.attempts;
                    let work = self.set_status(id, RunStatus::Running)?;
                    return Some(TakenJob {
                        ticket,
                        attempt,
                        work,
                    });
                }
            }
        }
        None
    }

    pub(crate) fn renew(
        &mut self,
        ticket: Ticket,
        lease: Duration,
        progress: JobProgress,
        now: Timestamp,
    ) -> Result<Renewal, StoreError> {
        Ok(self.held(ticket)?.renew(lease, progress, now))
    }

    pub(crate) fn finish(
        &mut self,
        ticket: Ticket,
        finished: &Finished,
        around: &Around<'_>,
    ) -> Result<(), StoreError> {
        self.held(ticket)?;
        finished.check(ticket)?;
        match finished {
            Finished::Backtest(new) => {
                let stored = self.find(new.backtest.id)?;
                let backtest = stored.backtest.finished_as(&new.backtest);
                let result = new.result.clone();
                self.backtests
                    .insert(backtest.id, NewBacktest { backtest, result });
            }
            Finished::Sweep(sweep, best) => {
                let runs = self.missing(best, around)?;
                self.backtests.extend(runs);
                self.sweeps.insert(sweep.id, (**sweep).clone());
            }
        }
        self.jobs.remove(&ticket.job);
        Ok(())
    }

    pub(crate) fn release(
        &mut self,
        ticket: Ticket,
        why: Handback,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if self.held(ticket)?.release(why) {
            self.end_cancelled(ticket.job, now);
        } else {
            self.set_status(ticket.job, RunStatus::Queued);
        }
        Ok(())
    }

    pub(crate) fn cancel(&mut self, id: JobId, now: Timestamp) -> Result<(), StoreError> {
        let life = self.jobs.get_mut(&id).ok_or_else(|| JobLife::missing(id))?;
        if life.cancel(now) {
            self.end_cancelled(id, now);
        }
        Ok(())
    }

    pub(crate) fn job(&self, id: JobId) -> Option<JobState> {
        self.jobs.get(&id).map(JobLife::state)
    }

    pub(crate) fn jobs(&self, query: &JobsQuery) -> Page<JobHead, JobId> {
        let newer = self.jobs.iter().filter(|(id, _)| {
            let after = query.page.after;
            after.is_none_or(|after| **id > after)
        });
        let head = |(id, life): (&JobId, &JobLife)| {
            Some(JobHead {
                id: *id,
                kind: self.work(*id)?.kind(),
                state: life.state(),
            })
        };
        Page::cut(newer.filter_map(head).collect(), query.page.limit, |head| head.id)
    }

    fn held(&mut self, ticket: Ticket) -> Result<&mut JobLife, StoreError> {
        let life = self.jobs.get_mut(&ticket.job);
        JobLife::held_by(life.as_deref(), ticket)?;
        life.ok_or_else(|| JobLife::missing(ticket.job))
    }

    fn lacks(&self, new: &NewBacktest) -> Result<bool, StoreError> {
        new.is_missing_beside(self.backtests.get(&new.backtest.id))
    }

    /// Returns the runs that are to be stored; none when one can't be.
    fn missing(
        &self,
        best: &[NewBacktest],
        around: &Around<'_>,
    ) -> Result<Vec<(BacktestId, NewBacktest)>, StoreError> {
        let mut missing = Vec::new();
        for new in best {
            if self.lacks(new)? {
                around.check_backtest(&new.backtest)?;
                missing.push((new.backtest.id, new.clone()));
            }
        }
        Ok(missing)
    }

    /// What a job runs, or ran.
    fn work(&self, id: JobId) -> Option<Work> {
        let backtest = self.backtests.get(&BacktestId::from_uuid(id.as_uuid()));
        let sweep = self.sweeps.get(&SweepId::from_uuid(id.as_uuid()));
        let backtest = backtest.map(|stored| Work::Backtest(Box::new(stored.backtest.clone())));
        backtest.or_else(|| sweep.map(|sweep| Work::Sweep(Box::new(sweep.clone()))))
    }

    fn put(&mut self, work: Work) {
        match work {
            Work::Backtest(backtest) => {
                let stored = NewBacktest {
                    backtest: *backtest,
                    result: domain::backtest::BacktestResult::default(),
                };
                self.backtests.insert(stored.backtest.id, stored);
            }
            Work::Sweep(sweep) => {
                self.sweeps.insert(sweep.id, *sweep);
            }
        }
    }

    fn set_status(&mut self, id: JobId, status: RunStatus) -> Option<Work> {
        let mut work = self.work(id)?;
        work.set_status(status);
        self.put(work.clone());
        Some(work)
    }

    fn end_cancelled(&mut self, id: JobId, now: Timestamp) {
        self.jobs.remove(&id);
        if let Some(work) = self.work(id) {
            self.put(match work {
                Work::Backtest(backtest) => Work::Backtest(Box::new(backtest.cancelled(now))),
                Work::Sweep(sweep) => Work::Sweep(Box::new(sweep.cancelled(now))),
            });
        }
    }
}

fn unknown(id: BacktestId) -> StoreError {
    StoreError::NotFound(EntityRef::Backtest(id))
}
