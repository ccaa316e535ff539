//! Checking, saving and removing strategies.

use actix_web::{HttpRequest, HttpResponse, delete, http::header, post, put, web};
use app::strategy::{self, DocumentText, PutStrategy, Syntax};
use domain::{
    market::Version,
    strategy::{SavedStrategy, StrategyName},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    body::{CheckedStrategyBody, DocumentBody, SavedStrategyBody},
    path::NamePart,
};
use crate::{
    context::Context,
    problem::{ApiError, Kind, Problems},
    request::{EntityTag, NoParams, expected_version, media_type, whole},
};

/// The most bytes of a document that are received; those of more than the language allows are told what it allows.
const DOCUMENT_BYTES: u64 = 1 << 20;

/// Checks a document and saves nothing
///
/// A document that is wrong is told everything that is, as `errors` of a problem. Lines and columns are those of the
/// document if it is TOML; in JSON, they are those of the rule that `pointer` names.
#[utoipa::path(
    tag = "strategies",
    request_body(
        description = "The document, as JSON or TOML.",
        content((DocumentBody = "application/json"), (String = "application/toml"))
    ),
    responses((status = 200, description = "The document is right.", body = CheckedStrategyBody), Problems)
)]
#[post("/strategy-checks")]
pub(crate) async fn check(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<web::Json<CheckedStrategyBody>, ApiError> {
    let text = document(&context, &request, body).await?;
    let _turn = context.turn().await?;
    Ok(web::Json(strategy::check(text).await?.into()))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SaveParams {
    /// What the author writes about the version; a line of up to 1,000 characters.
    note: Option<String>,
}

/// Saves a new strategy
///
/// Its name is in the document. A strategy of that name must not be in use.
#[utoipa::path(
    tag = "strategies",
    params(SaveParams),
    request_body(
        description = "The document, as JSON or TOML.",
        content((DocumentBody = "application/json"), (String = "application/toml"))
    ),
    responses((status = 201, description = "The strategy is saved.", body = SavedStrategyBody), Problems)
)]
#[post("/strategies")]
pub(crate) async fn create(
    context: web::Data<Context>,
    params: web::Query<SaveParams>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let text = document(&context, &request, body).await?;
    let saved = save(&context, text, params.into_inner(), None, Some(Version::EMPTY)).await?;
    let location = format!("/api/v1/strategies/{}", saved.version().name());
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .insert_header((header::ETAG, tag(&saved)))
        .json(SavedStrategyBody::from(saved)))
}

/// Saves a document as the next version of a strategy, or as a new strategy
///
/// One that says the same as the newest version makes no version. A strategy is not renamed: the name in the document
/// must be that of the path.
#[utoipa::path(
    tag = "strategies",
    params(
        NamePart,
        SaveParams,
        ("If-Match" = Option<String>, Header, description = "The version that the strategy must have, `\"v3\"`."),
        ("If-None-Match" = Option<String>, Header, description = "`*`: there must be no such strategy.")
    ),
    request_body(
        description = "The document, as JSON or TOML.",
        content((DocumentBody = "application/json"), (String = "application/toml"))
    ),
    responses((status = 200, description = "What became of it.", body = SavedStrategyBody), Problems)
)]
#[put("/strategies/{name}")]
pub(crate) async fn update(
    context: web::Data<Context>,
    part: web::Path<NamePart>,
    params: web::Query<SaveParams>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let name = part.parse()?;
    let expected = expected_version(&request)?;
    let text = document(&context, &request, body).await?;
    let saved = save(&context, text, params.into_inner(), Some(name), expected).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::ETAG, tag(&saved)))
        .json(SavedStrategyBody::from(saved)))
}

/// Takes a strategy out of use
///
/// Its versions stay readable, as backtests refer to them. Saving a document under its name brings it back, with the
/// number that follows.
#[utoipa::path(
    tag = "strategies",
    params(
        NamePart,
        ("If-Match" = Option<String>, Header, description = "The version that the strategy must have, `\"v3\"`.")
    ),
    responses((status = 204, description = "The strategy is removed."), Problems)
)]
#[delete("/strategies/{name}")]
pub(crate) async fn remove(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    part: web::Path<NamePart>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let name = part.parse()?;
    let expected = expected_version(&request)?;
    let store = context.stores.strategies.clone();
    let work = async move { store.remove_strategy(&name, expected).await };
    context.to_its_end(work).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn save(
    context: &Context,
    text: DocumentText,
    params: SaveParams,
    name: Option<StrategyName>,
    expected: Option<Version>,
) -> Result<SavedStrategy, ApiError> {
    let asked = PutStrategy {
        text,
        name,
        author: context.author(),
        note: params.note,
        expected,
    };
    let _turn = context.turn().await?;
    let stores = context.stores.clone();
    context
        .to_its_end(async move { strategy::put(&stores, asked).await })
        .await
}

fn tag(saved: &SavedStrategy) -> String {
    EntityTag::of_version(saved.version().version).to_string()
}

/// Reads a document, whichever way it is written.
async fn document(
    context: &Context,
    request: &HttpRequest,
    body: web::Payload,
) -> Result<DocumentText, ApiError> {
    let syntax = syntax(request)?;
    let _room = context.room_for(Some(DOCUMENT_BYTES)).await?;
    let advice = "no strategy is that long";
    let body = whole(request.headers(), body, DOCUMENT_BYTES, advice).await?;
    let text = String::from_utf8(body.into())
        .map_err(|error| ApiError::new(Kind::BadRequest, format!("the document is no UTF-8: {error}")))?;
    Ok(DocumentText { text, syntax })
}

fn syntax(request: &HttpRequest) -> Result<Syntax, ApiError> {
    match media_type(request.headers()).as_str() {
        "application/json" => Ok(Syntax::Json),
        "application/toml" => Ok(Syntax::Toml),
        other => {
            let detail =
                format!("strategies are taken as application/json or application/toml, not as `{other}`");
            Err(ApiError::new(Kind::MediaType, detail))
        }
    }
}
