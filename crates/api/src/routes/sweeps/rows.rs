//! A sweep with its runs: all of them, the best ones, or page by page.

use actix_web::{get, web};
use domain::backtest::Sweep;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    body::{RowBody, SweepBody},
    shown,
};
use crate::{
    context::Context,
    cursor,
    problem::{ApiError, Problems},
    request::{Parsed, page_limit},
    routes::{
        page::PageBody,
        runs::{IdPart, find},
    },
};

/// How many runs a page has when nobody says, and at most.
const PAGE: (usize, usize) = (500, 10_000);

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ShowParams {
    /// At most how many of its runs, the best ones; all of them when nothing is said.
    #[param(value_type = Option<u32>)]
    rows: Option<String>,
}

/// Shows a sweep: how far it is, and its runs
///
/// A sweep may have 20,000 runs: `rows=0` leaves them out, and `/sweeps/{id}/runs` lists them page by page.
#[utoipa::path(
    tag = "backtests",
    params(IdPart, ShowParams),
    responses((status = 200, description = "The sweep.", body = SweepBody), Problems)
)]
#[get("/sweeps/{id}")]
pub(crate) async fn show(
    context: web::Data<Context>,
    part: web::Path<IdPart>,
    params: web::Query<ShowParams>,
) -> Result<web::Json<SweepBody>, ApiError> {
    let mut parsed = Parsed::default();
    let rows: Option<usize> = parsed.optional("rows", params.rows.as_ref());
    parsed.finish()?;
    let mut sweep = whole(&context, &part).await?;
    if let Some(rows) = rows {
        sweep.rows.truncate(rows);
    }
    Ok(web::Json(shown(&context, sweep).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RowsParams {
    /// At most how many, up to 10,000.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// Lists the runs of a sweep, the best one first
///
/// There are none while it is not done. The sweep itself names its axes and figures, in the order that each run has.
#[utoipa::path(
    tag = "backtests",
    params(IdPart, RowsParams),
    responses((status = 200, description = "A page of runs.", body = PageBody<RowBody>), Problems)
)]
#[get("/sweeps/{id}/runs")]
pub(crate) async fn list(
    context: web::Data<Context>,
    part: web::Path<IdPart>,
    params: web::Query<RowsParams>,
) -> Result<web::Json<PageBody<RowBody>>, ApiError> {
    let mut parsed = Parsed::default();
    let limit = page_limit(&mut parsed, params.limit.as_ref(), PAGE.0, PAGE.1);
    parsed.finish()?;
    // Runs keep their places once a sweep is done: the place is the key.
    let begin: usize = match &params.cursor {
        Some(cursor) => cursor::read(cursor)?,
        None => 0,
    };
    let rows = whole(&context, &part).await?.rows;
    let end = begin.saturating_add(limit);
    let next_cursor = (end < rows.len()).then(|| cursor::written(&end)).transpose()?;
    let page = rows.into_iter().skip(begin).take(limit);
    Ok(web::Json(PageBody {
        items: page.map(RowBody::from).collect(),
        next_cursor,
    }))
}

async fn whole(context: &Context, part: &IdPart) -> Result<Sweep, ApiError> {
    let id = part.parse()?;
    let _turn = context.turn().await?;
    find(context, id).await
}
