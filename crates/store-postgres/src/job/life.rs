//! A job as its row has it.

use domain::{
    backtest::RunStatus,
    error::StoreError,
    id::{BacktestId, JobId, SweepId},
    job::{JobHead, JobKind, JobLife, JobProgress, JobsQuery, Lease as Hold, Ticket, Work},
    market::Timestamp,
    page::Page,
};
use sqlx::postgres::PgRow;

use crate::{
    backtest,
    database::{Fault, Lease, damaged},
    market::Row,
};

/// Returns the name that a kind of job is stored under.
pub(super) fn kind_name(kind: JobKind) -> &'static str {
    match kind {
        JobKind::Backtest => "backtest",
        JobKind::Sweep => "sweep",
    }
}

/// A job that has not ended.
pub(super) struct Job {
    pub(super) id: JobId,
    pub(super) kind: JobKind,
    pub(super) life: JobLife,
}

impl Job {
    pub(super) fn of(row: &PgRow, id: JobId) -> Result<Self, StoreError> {
        let place = format!("job (id {id})");
        let row = Row::new(row, &place);
        let kind: &str = row.get("kind")?;
        let known = [JobKind::Backtest, JobKind::Sweep]
            .into_iter()
            .find(|known| kind_name(*known) == kind);
        let unknown = || damaged(format!("{place}, column kind"), format!("`{kind}` is no kind"));
        let (worker, until): (Option<String>, Option<i64>) = (row.get("worker")?, row.get("lease_until")?);
        let hold = worker.zip(until).map(|(worker, until)| Hold {
            worker,
            until: Timestamp::saturating(until),
        });
        Ok(Self {
            id,
            kind: known.ok_or_else(unknown)?,
            life: JobLife {
                fence: row.count("fence")?,
                attempts: row.count("attempts")?,
                lease: hold,
                progress: JobProgress {
                    done: row.count("done")?,
                    total: row.count("total")?,
                },
                is_cancelled: row.get("is_cancelled")?,
            },
        })
    }

    /// Lists jobs that have not ended, the oldest first.
    pub(super) async fn list(lease: &mut Lease, query: &JobsQuery) -> Result<Page<JobHead, JobId>, Fault> {
        let select = sqlx::query(include_str!("sql/list.sql"))
            .bind(query.page.after.map(|after| after.as_uuid()))
            .bind(query.page.limit.get() as i64 + 1);
        let rows = lease.all(select).await?;
        let head = |row: &PgRow| {
            let id = JobId::from_uuid(Row::new(row, "job").get("id")?);
            let Self { kind, life, .. } = Self::of(row, id)?;
            let state = life.state();
            Ok::<_, StoreError>(JobHead { id, kind, state })
        };
        let heads = rows.iter().map(head).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(heads, query.page.limit, |head| head.id))
    }

    /// Returns a job that has not ended, and lets nobody else change it meanwhile.
    pub(super) async fn hold(lease: &mut Lease, id: JobId) -> Result<Option<Self>, Fault> {
        let query = sqlx::query(concat!(include_str!("sql/find.sql"), "for update"));
        let row = lease.optional(query.bind(id.as_uuid())).await?;
        Ok(row.map(|row| Self::of(&row, id)).transpose()?)
    }

    /// Returns the job of a ticket, which must still be its holder's, and lets nobody else change it meanwhile.
    pub(super) async fn held_by(lease: &mut Lease, ticket: Ticket) -> Result<Self, Fault> {
        let job = Self::hold(lease, ticket.job).await?;
        JobLife::held_by(job.as_ref().map(|job| &job.life), ticket)?;
        Ok(job.ok_or_else(|| JobLife::missing(ticket.job))?)
    }

    /// Stores what has become of it.
    pub(super) async fn put(&self, lease: &mut Lease) -> Result<(), Fault> {
        // A worker counts what it likes; what the database can't hold is as much as it can.
        let stored = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let (life, hold) = (&self.life, self.life.lease.as_ref());
        let query = sqlx::query(include_str!("sql/put.sql"))
            .bind(self.id.as_uuid())
            .bind(stored(life.fence))
            .bind(stored(life.attempts))
            .bind(hold.map(|hold| hold.worker.as_str()))
            .bind(hold.map(|hold| hold.until.micros()))
            .bind(stored(life.progress.done))
            .bind(stored(life.progress.total))
            .bind(life.is_cancelled);
        lease.execute(query).await?;
        Ok(())
    }

    /// Sets how far that which it runs is, and returns it.
    pub(super) async fn set_status(
        &self,
        lease: &mut Lease,
        status: RunStatus,
        finished_at: Option<Timestamp>,
    ) -> Result<Work, Fault> {
        let id = self.id.as_uuid();
        Ok(match self.kind {
            JobKind::Backtest => {
                let id = BacktestId::from_uuid(id);
                let backtest = backtest::set_status(lease, id, status, finished_at).await?;
                Work::Backtest(Box::new(backtest))
            }
            JobKind::Sweep => {
                let id = SweepId::from_uuid(id);
                let sweep = backtest::set_sweep_status(lease, id, status, finished_at).await?;
                Work::Sweep(Box::new(sweep))
            }
        })
    }

    /// Checks that what it runs is there and can be read.
    pub(super) async fn check(&self, lease: &mut Lease) -> Result<(), Fault> {
        let id = self.id.as_uuid();
        let is_there = match self.kind {
            JobKind::Backtest => backtest::find(lease, BacktestId::from_uuid(id)).await?.is_some(),
            JobKind::Sweep => backtest::find_sweep(lease, SweepId::from_uuid(id))
                .await?
                .is_some(),
        };
        if is_there {
            return Ok(());
        }
        let problem = format!("there is no {} of that id", kind_name(self.kind));
        Err(damaged(format!("job (id {})", self.id), problem).into())
    }

    /// Removes it: that which it runs has ended.
    pub(super) async fn remove(&self, lease: &mut Lease) -> Result<(), Fault> {
        let query = sqlx::query("delete from job where id = $1");
        lease.execute(query.bind(self.id.as_uuid())).await?;
        Ok(())
    }

    /// Ends it as cancelled.
    pub(super) async fn end_cancelled(&self, lease: &mut Lease, now: Timestamp) -> Result<(), Fault> {
        self.set_status(lease, RunStatus::Cancelled, Some(now)).await?;
        self.remove(lease).await
    }
}
