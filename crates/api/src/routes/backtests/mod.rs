//! Backtests: run, shown, described, verified, compared.

pub(super) mod body;
pub(crate) mod compare;
pub(crate) mod list;
pub(super) mod order;
pub(crate) mod recorded;
pub(crate) mod results;

use std::{collections::BTreeSet, sync::Arc};

use actix_web::{HttpResponse, delete, get, patch, post, web};
use app::{
    backtest::{DataState, InputFreshness, Verdict, Verification, verify},
    progress::Unobserved,
};
use domain::backtest::{Backtest, BacktestEdit};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use self::{
    body::BacktestBody,
    order::{BacktestOrderBody, in_parameters},
};
use super::runs::{IdPart, accepted, cancelled, find, outlook, queued, removed};
use crate::{
    context::Context,
    problem::{ApiError, Problems},
    request::{JsonBody, NoParams, given},
};

async fn shown(context: &Context, backtest: &Backtest) -> Result<BacktestBody, ApiError> {
    let (fresh, job) = outlook(context, backtest).await?;
    Ok(BacktestBody::new(backtest, fresh, job))
}

/// Runs a strategy over a series
///
/// The versions of both are pinned at once; the run waits for a worker. `GET` tells how far it is, and so does
/// `/stream`.
#[utoipa::path(
    tag = "backtests",
    request_body = BacktestOrderBody,
    responses((status = 202, description = "It is queued.", body = BacktestBody), Problems)
)]
#[post("/backtests")]
pub(crate) async fn start(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    JsonBody(body): JsonBody<BacktestOrderBody>,
) -> Result<HttpResponse, ApiError> {
    let order = body.order(&context)?;
    let prepare = async move |shared: Arc<Context>| {
        let Context {
            stores, clock, ids, ..
        } = &*shared;
        let prepared = order.prepare(stores, &**clock, &**ids).await;
        prepared.map_err(in_parameters)
    };
    let backtest = queued(&context, prepare).await?;
    Ok(accepted::<Backtest>(
        backtest.id,
        &shown(&context, &backtest).await?,
    ))
}

/// Shows a backtest with its figures, how far it is, and whether newer data exist
#[utoipa::path(
    tag = "backtests",
    params(IdPart),
    responses((status = 200, description = "The backtest.", body = BacktestBody), Problems)
)]
#[get("/backtests/{id}")]
pub(crate) async fn show(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    part: web::Path<IdPart>,
) -> Result<web::Json<BacktestBody>, ApiError> {
    let backtest = find::<Backtest>(&context, part.parse()?).await?;
    Ok(web::Json(shown(&context, &backtest).await?))
}

/// What is to be changed of a backtest; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct EditBody {
    /// What it is called for people; null for nothing.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[expect(
        clippy::option_option,
        reason = "null and what is left out mean different things"
    )]
    title: Option<Option<String>>,
    /// What people write about it; null for nothing.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[expect(
        clippy::option_option,
        reason = "null and what is left out mean different things"
    )]
    notes: Option<Option<String>>,
    /// What it is found by, in place of all that it had.
    tags: Option<BTreeSet<String>>,
}

/// Changes title, notes or tags of a backtest
#[utoipa::path(
    tag = "backtests",
    params(IdPart),
    request_body = EditBody,
    responses((status = 200, description = "The backtest as it is now.", body = BacktestBody), Problems)
)]
#[patch("/backtests/{id}")]
pub(crate) async fn describe(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    part: web::Path<IdPart>,
    JsonBody(body): JsonBody<EditBody>,
) -> Result<web::Json<BacktestBody>, ApiError> {
    let EditBody { title, notes, tags } = body;
    let (id, shared) = (part.parse()?, context.clone().into_inner());
    let edit = BacktestEdit { title, notes, tags };
    let edited = context
        .to_its_end(async move { app::backtest::describe(&shared.stores, id, edit).await })
        .await?;
    Ok(web::Json(shown(&context, &edited).await?))
}

/// Removes a backtest with all that it gave
///
/// One that is queued or running is to be cancelled first.
#[utoipa::path(
    tag = "backtests",
    params(IdPart),
    responses((status = 204, description = "It is removed."), Problems)
)]
#[delete("/backtests/{id}")]
pub(crate) async fn remove(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    part: web::Path<IdPart>,
) -> Result<HttpResponse, ApiError> {
    removed::<Backtest>(&context, part.parse()?).await
}

/// Stops a backtest that is queued or running
#[utoipa::path(
    tag = "backtests",
    params(IdPart),
    responses((status = 202, description = "It stops.", body = BacktestBody), Problems)
)]
#[post("/backtests/{id}/cancel")]
pub(crate) async fn cancel(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    part: web::Path<IdPart>,
) -> Result<HttpResponse, ApiError> {
    let backtest = cancelled::<Backtest>(&context, part.parse()?).await?;
    Ok(HttpResponse::Accepted().json(shown(&context, &backtest).await?))
}

/// What a verification has shown.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerificationBody {
    /// The backtest.
    id: String,
    /// `identical`: the run gave the same digest. `unaltered`: another tool made it, and what is stored is what was
    /// recorded. `different`, `damaged` or `impossible`: see the reasons.
    verdict: &'static str,
    /// Whether the result is what it was.
    is_sound: bool,
    /// The digest that is stored.
    expected: String,
    /// The digest of trades, equity and figures as they are stored; null when they can't be read.
    stored: Option<String>,
    /// The digest of the run that was made now; null when none could be made.
    found: Option<String>,
    /// What explains the verdict.
    reasons: Vec<String>,
    /// Whether its series have newer versions, or other bars in its period. The verdict does not depend on them.
    has_newer_data: bool,
}

fn is_newer(input: &InputFreshness) -> bool {
    matches!(input.state(), DataState::NewerElsewhere | DataState::Changed)
}

impl From<Verification> for VerificationBody {
    fn from(verification: Verification) -> Self {
        Self {
            id: verification.id.to_string(),
            verdict: match verification.verdict {
                Verdict::Identical => "identical",
                Verdict::Unaltered => "unaltered",
                Verdict::Different => "different",
                Verdict::Damaged => "damaged",
                Verdict::Impossible => "impossible",
            },
            is_sound: verification.is_sound(),
            expected: verification.expected.to_string(),
            stored: verification.stored.map(|digest| digest.to_string()),
            found: verification.found.map(|digest| digest.to_string()),
            reasons: verification.reasons,
            has_newer_data: verification.inputs.iter().any(is_newer),
        }
    }
}

/// Runs a backtest again from what it pinned, and compares the digests
#[utoipa::path(
    tag = "backtests",
    params(IdPart),
    responses((status = 200, description = "What was found.", body = VerificationBody), Problems)
)]
#[post("/backtests/{id}/verify")]
pub(crate) async fn prove(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    part: web::Path<IdPart>,
) -> Result<web::Json<VerificationBody>, ApiError> {
    let _turn = context.turn().await?;
    let verification = verify(&context.stores, part.parse()?, &Unobserved).await?;
    Ok(web::Json(verification.into()))
}
