//! Sweeps: one strategy with many sets of parameters.

mod body;

use actix_web::{HttpResponse, delete, get, http::header, post, web};
use app::backtest::{Axis, Grid, SweepOrder, input_freshness};
use domain::{
    backtest::{Sweep, SweepsQuery},
    error::{EntityRef, StoreError},
    id::SweepId,
    job::Work,
    page::PageRequest,
};
use serde::Deserialize;
use utoipa::IntoParams;

use self::body::{AxisBody, SweepBody, SweepHeadBody};
use super::{
    backtests::{IdPart, body::is_under_way, invalid, order::order_body},
    page::PageBody,
};
use crate::{
    context::Context,
    cursor,
    problem::{ApiError, Problems},
    request::{NoParams, Parsed, page_limit, parsed},
};

/// How many sweeps a page has when nobody says, and at most.
const PAGE: (usize, usize) = (50, 500);
/// The figure that runs are sorted by, and how many are stored whole, when nobody says.
const BY: &str = "sharpe";
const TOP: u32 = 10;

order_body! {
    /// A sweep that is to be run.
    SweepOrderBody {
        /// The values of the parameters that differ: each combination is a run, up to 20,000.
        grid: Vec<AxisBody>,
        /// The figure that the runs are sorted by; sharpe when it is left out.
        by: Option<String>,
        /// How many of the best runs are stored whole, as backtests, up to 100; 10 when it is left out.
        top: Option<u32>,
        /// What it is called for people.
        title: Option<String>,
    }
}

impl SweepOrderBody {
    fn order(mut self, context: &Context) -> Result<SweepOrder, ApiError> {
        let mut axes = Vec::with_capacity(self.grid.len());
        for (index, axis) in std::mem::take(&mut self.grid).into_iter().enumerate() {
            let read = Axis::list(axis.name, axis.values);
            axes.push(read.map_err(|error| invalid(&format!("grid/{index}"), error.to_string()))?);
        }
        Ok(SweepOrder {
            run: self.take_run().order(context)?,
            grid: Grid::new(axes).map_err(|error| invalid("grid", error.to_string()))?,
            by: self.by.unwrap_or_else(|| BY.to_owned()),
            top: self.top.unwrap_or(TOP),
            title: self.title,
        })
    }
}

fn id_of(part: &IdPart) -> Result<SweepId, ApiError> {
    parsed("id", &part.id)
}

async fn find(context: &Context, id: SweepId) -> Result<Sweep, ApiError> {
    let found = context.stores.sweeps.sweep(id).await?;
    found.ok_or_else(|| StoreError::NotFound(EntityRef::Sweep(id)).into())
}

async fn shown(context: &Context, sweep: Sweep) -> Result<SweepBody, ApiError> {
    let fresh = input_freshness(&context.stores, &sweep.inputs, &sweep.settings).await?;
    let job = if is_under_way(sweep.status) {
        context.stores.jobs.job(sweep.id.into()).await?
    } else {
        None
    };
    Ok(SweepBody::new(sweep, fresh, job))
}

/// Runs a strategy with every combination of a grid
#[utoipa::path(
    tag = "backtests",
    request_body = SweepOrderBody,
    responses((status = 202, description = "It is queued.", body = SweepBody), Problems)
)]
#[post("/sweeps")]
pub(crate) async fn start(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    body: web::Json<SweepOrderBody>,
) -> Result<HttpResponse, ApiError> {
    let order = body.into_inner().order(&context)?;
    let shared = context.clone().into_inner();
    let queue = async move {
        let sweep = order
            .prepare(&shared.stores, &*shared.clock, &*shared.ids)
            .await?;
        let work = Work::Sweep(Box::new(sweep.clone()));
        shared.stores.jobs.enqueue(&work).await?;
        shared.workers.wake();
        Ok::<_, ApiError>(sweep)
    };
    let sweep = context.to_its_end(queue).await?;
    Ok(HttpResponse::Accepted()
        .insert_header((header::LOCATION, format!("/api/v1/sweeps/{}", sweep.id)))
        .json(shown(&context, sweep).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// At most how many, up to 500.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// Lists sweeps without their runs, the newest first
#[utoipa::path(
    tag = "backtests",
    params(ListParams),
    responses((status = 200, description = "A page of sweeps.", body = PageBody<SweepHeadBody>), Problems)
)]
#[get("/sweeps")]
pub(crate) async fn list(
    context: web::Data<Context>,
    params: web::Query<ListParams>,
) -> Result<web::Json<PageBody<SweepHeadBody>>, ApiError> {
    let mut parsed = Parsed::default();
    let limit = page_limit(&mut parsed, params.limit.as_ref(), PAGE.0, PAGE.1);
    parsed.finish()?;
    let mut page = PageRequest::first(limit);
    if let Some(cursor) = &params.cursor {
        page = page.after(cursor::read::<SweepId>(cursor)?);
    }
    let found = context.stores.sweeps.sweeps(SweepsQuery { page }).await?;
    Ok(web::Json(PageBody {
        items: found.items.iter().map(SweepHeadBody::from).collect(),
        next_cursor: found.next.map(|next| cursor::written(&next)).transpose()?,
    }))
}

/// Shows a sweep: how far it is, and its runs
#[utoipa::path(
    tag = "backtests",
    params(IdPart),
    responses((status = 200, description = "The sweep.", body = SweepBody), Problems)
)]
#[get("/sweeps/{id}")]
pub(crate) async fn show(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    part: web::Path<IdPart>,
) -> Result<web::Json<SweepBody>, ApiError> {
    let sweep = find(&context, id_of(&part)?).await?;
    Ok(web::Json(shown(&context, sweep).await?))
}

/// Removes a sweep; the backtests of its best runs stay
#[utoipa::path(
    tag = "backtests",
    params(IdPart),
    responses((status = 204, description = "It is removed."), Problems)
)]
#[delete("/sweeps/{id}")]
pub(crate) async fn remove(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    part: web::Path<IdPart>,
) -> Result<HttpResponse, ApiError> {
    let (id, shared) = (id_of(&part)?, context.clone().into_inner());
    context
        .to_its_end(async move { shared.stores.sweeps.remove_sweep(id).await })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Stops a sweep that is queued or running
#[utoipa::path(
    tag = "backtests",
    params(IdPart),
    responses((status = 202, description = "It stops.", body = SweepBody), Problems)
)]
#[post("/sweeps/{id}/cancel")]
pub(crate) async fn cancel(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    part: web::Path<IdPart>,
) -> Result<HttpResponse, ApiError> {
    let id = id_of(&part)?;
    let sweep = find(&context, id).await?;
    if sweep.status.has_ended() {
        let reason = format!("it is {} already", sweep.status);
        return Err(StoreError::conflict(EntityRef::Sweep(id), reason).into());
    }
    let shared = context.clone().into_inner();
    context
        .to_its_end(async move { shared.stores.jobs.cancel_job(id.into()).await })
        .await?;
    let sweep = find(&context, id).await?;
    Ok(HttpResponse::Accepted().json(shown(&context, sweep).await?))
}
