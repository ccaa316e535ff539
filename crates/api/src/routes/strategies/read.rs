//! Listing and showing strategies and their versions.

use actix_web::{HttpRequest, HttpResponse, get, http::header, web};
use domain::{
    error::{EntityRef, StoreError},
    market::Version,
    page::PageRequest,
    strategy::{StrategiesQuery, StrategyHead, StrategyName, StrategyVersion, StrategyVersionsQuery},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    body::{StrategyBody, StrategyVersionBody},
    path::{NamePart, VersionParts},
};
use crate::{
    context::Context,
    cursor,
    problem::{ApiError, Problems},
    request::{EntityTag, NoParams, Parsed, flag, page_limit},
    routes::page::PageBody,
};

/// How many strategies or versions a page has when nobody says, and at most.
const PAGE: (usize, usize) = (100, 500);

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Those whose name holds this text, whatever its case.
    q: Option<String>,
    /// Those that are removed, in the place of those in use.
    #[param(value_type = Option<bool>)]
    removed: Option<String>,
    /// At most how many, up to 500.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// Lists the newest version of each strategy, by name
#[utoipa::path(
    tag = "strategies",
    params(ListParams),
    responses(
        (status = 200, description = "A page of strategies.", body = PageBody<StrategyVersionBody>),
        Problems
    )
)]
#[get("/strategies")]
pub(crate) async fn list(
    context: web::Data<Context>,
    params: web::Query<ListParams>,
) -> Result<web::Json<PageBody<StrategyVersionBody>>, ApiError> {
    let params = params.into_inner();
    let mut parsed = Parsed::default();
    let removed = flag(&mut parsed, "removed", params.removed.as_ref());
    let limit = page_limit(&mut parsed, params.limit.as_ref(), PAGE.0, PAGE.1);
    parsed.finish()?;
    let mut page = PageRequest::first(limit);
    if let Some(cursor) = &params.cursor {
        page = page.after(cursor::read::<StrategyName>(cursor)?);
    }
    let query = StrategiesQuery {
        text: params.q.filter(|text| !text.is_empty()),
        removed,
        page,
    };
    let found = context.stores.strategies.strategies(query).await?;
    Ok(web::Json(PageBody {
        items: found.items.iter().map(StrategyVersionBody::from).collect(),
        next_cursor: found.next.map(|next| cursor::written(&next)).transpose()?,
    }))
}

/// Shows a strategy in its newest version
///
/// The `ETag` is its version, as `If-Match` of a write takes it. One that is removed is not there; its versions are.
#[utoipa::path(
    tag = "strategies",
    params(
        NamePart,
        ("If-None-Match" = Option<String>, Header, description = "The version that is known already, `\"v3\"`.")
    ),
    responses(
        (status = 200, description = "The strategy.", body = StrategyBody),
        (status = 304, description = "The version is known already."),
        Problems
    )
)]
#[get("/strategies/{name}")]
pub(crate) async fn show(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    part: web::Path<NamePart>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let name = part.parse()?;
    let found = context.stores.strategies.strategy(&name, None).await?;
    let newest = found.ok_or_else(|| StrategyHead::missing(&name))?;
    Ok(shown(newest, &request))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VersionsParams {
    /// At most how many, up to 500.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// Lists the versions of a strategy, removed or not, the newest first
#[utoipa::path(
    tag = "strategies",
    params(NamePart, VersionsParams),
    responses(
        (status = 200, description = "A page of versions.", body = PageBody<StrategyVersionBody>),
        Problems
    )
)]
#[get("/strategies/{name}/versions")]
pub(crate) async fn list_versions(
    context: web::Data<Context>,
    part: web::Path<NamePart>,
    params: web::Query<VersionsParams>,
) -> Result<web::Json<PageBody<StrategyVersionBody>>, ApiError> {
    let name = part.parse()?;
    let mut parsed = Parsed::default();
    let limit = page_limit(&mut parsed, params.limit.as_ref(), PAGE.0, PAGE.1);
    parsed.finish()?;
    let mut page = PageRequest::first(limit);
    if let Some(cursor) = &params.cursor {
        page = page.after(cursor::read::<Version>(cursor)?);
    }
    let query = StrategyVersionsQuery { name, page };
    let found = context.stores.strategies.strategy_versions(query).await?;
    Ok(web::Json(PageBody {
        items: found.items.iter().map(StrategyVersionBody::from).collect(),
        next_cursor: found.next.map(|next| cursor::written(&next)).transpose()?,
    }))
}

/// Shows one version of a strategy, removed or not
///
/// It never changes.
#[utoipa::path(
    tag = "strategies",
    params(
        VersionParts,
        ("If-None-Match" = Option<String>, Header, description = "The version that is known already, `\"v3\"`.")
    ),
    responses(
        (status = 200, description = "The version.", body = StrategyBody),
        (status = 304, description = "The version is known already."),
        Problems
    )
)]
#[get("/strategies/{name}/versions/{version}")]
pub(crate) async fn show_version(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    parts: web::Path<VersionParts>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (name, number) = parts.parse()?;
    let found = context.stores.strategies.strategy(&name, Some(number)).await?;
    let found = found.ok_or_else(|| StoreError::NotFound(EntityRef::StrategyVersion(name, number)))?;
    Ok(shown(found, &request))
}

fn shown(version: StrategyVersion, request: &HttpRequest) -> HttpResponse {
    let tag = EntityTag::of_version(version.version);
    if tag.is_known(request.headers()) {
        return HttpResponse::NotModified()
            .insert_header((header::ETAG, tag.to_string()))
            .finish();
    }
    HttpResponse::Ok()
        .insert_header((header::ETAG, tag.to_string()))
        .json(StrategyBody::from(version))
}
