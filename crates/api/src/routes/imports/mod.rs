//! Imports: uploaded, checked, confirmed, followed, taken back.

mod body;
mod options;
mod preview;
pub(crate) mod upload;

use actix_web::{HttpResponse, get, http::header, post, web};
use app::desk::ImportStatus;
use domain::{
    id::ImportId,
    market::{Import, ImportsQuery},
    page::PageRequest,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use self::body::ImportBody;
use super::page::PageBody;
use crate::{
    context::Context,
    cursor,
    problem::{ApiError, Problems},
    request::{NoParams, Parsed, page_limit, parsed},
};

/// How many imports a page has when nobody says, and at most.
const PAGE: (usize, usize) = (50, 500);

/// The part of an import's path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct IdPart {
    /// The id of the import.
    #[param(pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    id: String,
}

impl IdPart {
    fn parse(&self) -> Result<ImportId, ApiError> {
        parsed("id", &self.id)
    }
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

/// Lists imports, the newest first
///
/// Dry runs that are not confirmed are not listed.
#[utoipa::path(
    tag = "imports",
    params(ListParams),
    responses((status = 200, description = "A page of imports.", body = PageBody<ImportBody>), Problems)
)]
#[get("/imports")]
pub(crate) async fn list(
    context: web::Data<Context>,
    params: web::Query<ListParams>,
) -> Result<web::Json<PageBody<ImportBody>>, ApiError> {
    let mut parsed = Parsed::default();
    let limit = page_limit(&mut parsed, params.limit.as_ref(), PAGE.0, PAGE.1);
    parsed.finish()?;
    let mut page = PageRequest::first(limit);
    if let Some(cursor) = &params.cursor {
        page = page.after(cursor::read::<ImportId>(cursor)?);
    }
    let found = context.stores.imports.imports(ImportsQuery { page }).await?;
    let body = |import: Import| ImportBody::from(ImportStatus::of_record(import));
    Ok(web::Json(PageBody {
        items: found.items.into_iter().map(body).collect(),
        next_cursor: found.next.map(|next| cursor::written(&next)).transpose()?,
    }))
}

/// Shows an import: how far it is, and what became of it
#[utoipa::path(
    tag = "imports",
    params(IdPart),
    responses((status = 200, description = "The import.", body = ImportBody), Problems)
)]
#[get("/imports/{id}")]
pub(crate) async fn show(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    part: web::Path<IdPart>,
) -> Result<web::Json<ImportBody>, ApiError> {
    Ok(web::Json(context.desk.status(part.parse()?).await?.into()))
}

/// Imports what a dry run has checked
///
/// A conflict (409) says that a series has moved since; then upload again.
#[utoipa::path(
    tag = "imports",
    params(IdPart),
    responses((status = 202, description = "The import begins.", body = ImportBody), Problems)
)]
#[post("/imports/{id}/confirm")]
pub(crate) async fn confirm(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    part: web::Path<IdPart>,
) -> Result<HttpResponse, ApiError> {
    let status = context.desk.confirm(part.parse()?).await?;
    Ok(HttpResponse::Accepted().json(ImportBody::from(status)))
}

/// Stops an import, or gives a dry run up
///
/// Series that were committed before stay; `undo` takes them back.
#[utoipa::path(
    tag = "imports",
    params(IdPart),
    responses((status = 202, description = "The import stops.", body = ImportBody), Problems)
)]
#[post("/imports/{id}/cancel")]
pub(crate) async fn cancel(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    part: web::Path<IdPart>,
) -> Result<HttpResponse, ApiError> {
    let status = context.desk.cancel(part.parse()?).await?;
    Ok(HttpResponse::Accepted().json(ImportBody::from(status)))
}

/// What became of one series of an import that was taken back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UndoneSeriesBody {
    /// The series.
    key: String,
    /// `reverted`, `nothing_to_undo`, `undone_before`, `kept` (something was committed on top) or `gone`.
    outcome: String,
    /// The version that was made, or the newest where the series was kept.
    version: Option<u64>,
}

/// What became of an import that was taken back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UndoneBody {
    /// The import.
    id: String,
    /// Its state afterwards.
    state: String,
    /// Its series.
    series: Vec<UndoneSeriesBody>,
}

/// Takes an import back
///
/// Each series whose newest version is still the import's gets its earlier contents back, as a new version; the others
/// are left alone and named.
#[utoipa::path(
    tag = "imports",
    params(IdPart),
    responses((status = 200, description = "What became of each series.", body = UndoneBody), Problems)
)]
#[post("/imports/{id}/undo")]
pub(crate) async fn undo(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    part: web::Path<IdPart>,
) -> Result<web::Json<UndoneBody>, ApiError> {
    let id = part.parse()?;
    let (desk, author) = (context.desk.clone(), context.author());
    let undone = context
        .to_its_end(async move { desk.undo(id, author, None).await })
        .await?;
    Ok(web::Json(body::undone(&undone)))
}

/// Returns the rows that an import turned away, as CSV: file, line, column, rule, message and text, up to a thousand
#[utoipa::path(
    tag = "imports",
    params(IdPart),
    responses((status = 200, description = "The rows.", body = String, content_type = "text/csv"), Problems)
)]
#[get("/imports/{id}/rejected.csv")]
pub(crate) async fn rejected(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    part: web::Path<IdPart>,
) -> Result<HttpResponse, ApiError> {
    let csv = context.desk.rejected(part.parse()?).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"rejected.csv\"",
        ))
        .body(csv))
}
