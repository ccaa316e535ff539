//! Sweeps: one strategy with many sets of parameters.

mod body;
mod order;
pub(crate) mod rows;

use std::sync::Arc;

use actix_web::{HttpResponse, delete, get, post, web};
use domain::{
    backtest::{Sweep, SweepsQuery},
    id::SweepId,
    page::PageRequest,
};
use serde::Deserialize;
use utoipa::IntoParams;

use self::{
    body::{SweepBody, SweepHeadBody},
    order::{SweepOrderBody, in_grid},
};
use super::{
    page::PageBody,
    runs::{IdPart, accepted, cancelled, outlook, queued, removed},
};
use crate::{
    context::Context,
    cursor,
    problem::{ApiError, Problems},
    request::{JsonBody, NoParams, Parsed, page_limit},
};

/// How many sweeps a page has when nobody says, and at most.
const PAGE: (usize, usize) = (50, 500);

async fn shown(context: &Context, sweep: Sweep) -> Result<SweepBody, ApiError> {
    let (fresh, job) = outlook(context, &sweep).await?;
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
    JsonBody(body): JsonBody<SweepOrderBody>,
) -> Result<HttpResponse, ApiError> {
    let order = body.order(&context)?;
    let places = order.clone();
    let prepare = async move |shared: Arc<Context>| {
        let Context {
            stores, clock, ids, ..
        } = &*shared;
        let prepared = order.prepare(stores, &**clock, &**ids).await;
        prepared.map_err(|error| in_grid(error, &places))
    };
    let sweep: Sweep = queued(&context, prepare).await?;
    Ok(accepted::<Sweep>(sweep.id, &shown(&context, sweep).await?))
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
    removed::<Sweep>(&context, part.parse()?).await
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
    let sweep = cancelled::<Sweep>(&context, part.parse()?).await?;
    Ok(HttpResponse::Accepted().json(shown(&context, sweep).await?))
}
