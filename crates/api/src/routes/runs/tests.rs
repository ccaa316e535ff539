//! Stopping what may end at the same moment.

use std::time::Duration;

use app::backtest::WorkerSettings;
use async_trait::async_trait;
use domain::{
    job::{Finished, Handback, JobHead, JobProgress, JobStore, JobsQuery, Renewal, TakenJob, Ticket},
    page::Page,
};
use interchange::ReadOptions;

use super::*;
use crate::{
    context::{Limits, Services},
    problem::Kind,
    testing::{Desk, author, finished},
};

/// A queue in which a job ends just when it is to be stopped.
struct Racing {
    jobs: Arc<dyn JobStore>,
    ticket: Ticket,
    end: Finished,
}

#[async_trait]
impl JobStore for Racing {
    async fn cancel_job(&self, id: JobId) -> Result<(), StoreError> {
        self.jobs.finish_job(self.ticket, &self.end).await?;
        self.jobs.cancel_job(id).await
    }

    async fn enqueue(&self, work: &Work) -> Result<(), StoreError> {
        self.jobs.enqueue(work).await
    }

    async fn take_job(&self, worker: &str, lease: Duration) -> Result<Option<TakenJob>, StoreError> {
        self.jobs.take_job(worker, lease).await
    }

    async fn renew_job(
        &self,
        ticket: Ticket,
        lease: Duration,
        progress: JobProgress,
    ) -> Result<Renewal, StoreError> {
        self.jobs.renew_job(ticket, lease, progress).await
    }

    async fn finish_job(&self, ticket: Ticket, finished: &Finished) -> Result<(), StoreError> {
        self.jobs.finish_job(ticket, finished).await
    }

    async fn release_job(&self, ticket: Ticket, why: Handback) -> Result<(), StoreError> {
        self.jobs.release_job(ticket, why).await
    }

    async fn job(&self, id: JobId) -> Result<Option<JobState>, StoreError> {
        self.jobs.job(id).await
    }

    async fn jobs(&self, query: JobsQuery) -> Result<Page<JobHead, JobId>, StoreError> {
        self.jobs.jobs(query).await
    }
}

/// Makes the context of a server without workers, whose only job is about to end.
async fn about_to_end(desk: &Desk) -> Context {
    let job = desk.take().await;
    let racing = Racing {
        jobs: Arc::clone(&desk.stores.jobs),
        ticket: job.ticket,
        end: finished(job.work),
    };
    let worker = WorkerSettings {
        count: 0,
        ..WorkerSettings::new("nobody")
    };
    Context::new(Services {
        stores: Stores {
            jobs: Arc::new(racing),
            ..desk.stores.clone()
        },
        clock: desk.clock.clone(),
        ids: desk.ids.clone(),
        author: author(),
        read: ReadOptions::default(),
        limits: Limits::default(),
        worker,
    })
}

fn assert_has_ended(error: &ApiError, entity: &str) {
    assert_eq!(error.kind, Kind::Conflict, "{error}");
    assert!(error.detail.contains(entity), "{error}");
    assert!(error.detail.contains("done already"), "{error}");
}

#[tokio::test]
async fn a_run_that_ends_while_it_is_stopped_has_ended() {
    let desk = Desk::new().await;
    let backtest = desk.backtest().await;
    let context = about_to_end(&desk).await;
    let error = cancelled::<Backtest>(&context, backtest.id).await.unwrap_err();
    assert_has_ended(&error, &format!("backtest {}", backtest.id));
    let sweep = desk.sweep().await;
    let context = about_to_end(&desk).await;
    let error = cancelled::<Sweep>(&context, sweep.id).await.unwrap_err();
    assert_has_ended(&error, &format!("sweep {}", sweep.id));
}
