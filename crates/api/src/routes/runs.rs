//! What backtests and sweeps have in common: both are queued, followed, stopped and removed alike.

#[cfg(test)]
mod tests;

use std::{str::FromStr, sync::Arc};

use actix_web::{HttpResponse, http::header, web};
use app::{
    backtest::{BacktestError, InputFreshness, NewestInputs, period_of},
    stores::Stores,
};
use domain::{
    backtest::{Backtest, BacktestInput, RunStatus, Sweep},
    error::{EntityRef, StoreError},
    id::{BacktestId, JobId, SweepId},
    job::{JobState, Work},
    market::TimeRange,
};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{context::Context, problem::ApiError, request::parsed};

/// The part of a path that is an id.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct IdPart {
    /// The id.
    #[param(pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    id: String,
}

impl IdPart {
    pub(super) fn parse<I: FromStr<Err: std::fmt::Display>>(&self) -> Result<I, ApiError> {
        parsed("id", &self.id)
    }
}

/// A backtest or a sweep.
pub(super) trait Run: Clone + Send + 'static {
    /// What it is known by.
    type Id: Copy + Send + Into<JobId> + 'static;
    /// Where it lies below `/api/v1`.
    const FOLDER: &'static str;

    fn id(&self) -> Self::Id;
    fn status(&self) -> RunStatus;
    /// What it reads, and of which period.
    fn reads(&self) -> (&[BacktestInput], TimeRange);
    fn into_work(self) -> Work;
    fn entity(id: Self::Id) -> EntityRef;
    fn find(stores: &Stores, id: Self::Id) -> impl Future<Output = Result<Option<Self>, StoreError>> + Send;
    fn remove(stores: &Stores, id: Self::Id) -> impl Future<Output = Result<(), StoreError>> + Send;
}

impl Run for Backtest {
    type Id = BacktestId;
    const FOLDER: &'static str = "backtests";

    fn id(&self) -> BacktestId {
        self.id
    }

    fn status(&self) -> RunStatus {
        self.status
    }

    fn reads(&self) -> (&[BacktestInput], TimeRange) {
        (&self.inputs, period_of(self))
    }

    fn into_work(self) -> Work {
        Work::Backtest(Box::new(self))
    }

    fn entity(id: BacktestId) -> EntityRef {
        EntityRef::Backtest(id)
    }

    async fn find(stores: &Stores, id: BacktestId) -> Result<Option<Self>, StoreError> {
        stores.backtests.backtest(id).await
    }

    async fn remove(stores: &Stores, id: BacktestId) -> Result<(), StoreError> {
        stores.backtests.remove_backtest(id).await
    }
}

impl Run for Sweep {
    type Id = SweepId;
    const FOLDER: &'static str = "sweeps";

    fn id(&self) -> SweepId {
        self.id
    }

    fn status(&self) -> RunStatus {
        self.status
    }

    fn reads(&self) -> (&[BacktestInput], TimeRange) {
        let period = TimeRange::new(self.settings.start, self.settings.end);
        (&self.inputs, period)
    }

    fn into_work(self) -> Work {
        Work::Sweep(Box::new(self))
    }

    fn entity(id: SweepId) -> EntityRef {
        EntityRef::Sweep(id)
    }

    async fn find(stores: &Stores, id: SweepId) -> Result<Option<Self>, StoreError> {
        stores.sweeps.sweep(id).await
    }

    async fn remove(stores: &Stores, id: SweepId) -> Result<(), StoreError> {
        stores.sweeps.remove_sweep(id).await
    }
}

/// Queues what `prepare` makes.
pub(super) async fn queued<R: Run, P>(
    context: &web::Data<Context>,
    prepare: impl FnOnce(Arc<Context>) -> P,
) -> Result<R, ApiError>
where
    P: Future<Output = Result<R, BacktestError>> + Send + 'static,
{
    let shared = context.clone().into_inner();
    let prepared = prepare(Arc::clone(&shared));
    let queue = async move {
        let run = prepared.await?;
        shared.stores.jobs.enqueue(&run.clone().into_work()).await?;
        shared.workers.wake();
        Ok::<_, ApiError>(run)
    };
    context.to_its_end(queue).await
}

/// Answers that a run is queued, and where it can be followed.
pub(super) fn accepted<R: Run>(id: R::Id, body: &impl Serialize) -> HttpResponse {
    let job: JobId = id.into();
    HttpResponse::Accepted()
        .insert_header((header::LOCATION, format!("/api/v1/{}/{job}", R::FOLDER)))
        .json(body)
}

/// Returns a run that must be there.
pub(super) async fn find<R: Run>(context: &Context, id: R::Id) -> Result<R, ApiError> {
    let found = R::find(&context.stores, id).await?;
    found.ok_or_else(|| StoreError::NotFound(R::entity(id)).into())
}

/// Tells what has become of what a run reads, and how far it is while it is under way.
pub(super) async fn outlook<R: Run>(
    context: &Context,
    run: &R,
) -> Result<(Vec<InputFreshness>, Option<JobState>), ApiError> {
    let (inputs, period) = run.reads();
    let newest = NewestInputs::look(&context.stores, inputs).await?;
    // Most are what they were, which takes no time; whoever follows a run then waits for nobody.
    let turn = if newest.differ() {
        Some(context.turn().await?)
    } else {
        None
    };
    let fresh = newest.freshness(&context.stores, &period).await?;
    drop(turn);
    let job = if run.status().has_ended() {
        None
    } else {
        context.stores.jobs.job(run.id().into()).await?
    };
    Ok((fresh, job))
}

/// Tells a run to stop that is queued or running, and returns it as it is then.
pub(super) async fn cancelled<R: Run>(context: &Context, id: R::Id) -> Result<R, ApiError> {
    refuse_ended(&find::<R>(context, id).await?)?;
    let jobs = Arc::clone(&context.stores.jobs);
    let stop = async move { Ok::<_, StoreError>(jobs.cancel_job(id.into()).await) };
    match context.to_its_end(stop).await? {
        Err(error @ StoreError::NotFound(_)) => {
            // It may have ended, or even been removed, since it was looked at.
            refuse_ended(&find::<R>(context, id).await?)?;
            Err(error.into())
        }
        stopped => {
            stopped?;
            find(context, id).await
        }
    }
}

fn refuse_ended<R: Run>(run: &R) -> Result<(), StoreError> {
    if run.status().has_ended() {
        let reason = format!("it is {} already", run.status());
        return Err(StoreError::conflict(R::entity(run.id()), reason));
    }
    Ok(())
}

/// Removes a run.
pub(super) async fn removed<R: Run>(
    context: &web::Data<Context>,
    id: R::Id,
) -> Result<HttpResponse, ApiError> {
    let shared = context.clone().into_inner();
    let remove = async move { R::remove(&shared.stores, id).await };
    context.to_its_end(remove).await?;
    Ok(HttpResponse::NoContent().finish())
}
