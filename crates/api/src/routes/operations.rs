//! Health and metrics, for those who run the server.

use std::time::Duration;

use actix_web::{HttpResponse, get, http::header::CONTENT_TYPE, web};
use domain::{
    market::{Order, SeriesFilter, SeriesQuery, SeriesSort},
    page::PageRequest,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    context::Context,
    observe::Metrics,
    problem::{ApiError, Kind, Problems},
};

/// How long the store may take to answer before the server is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// The server is well.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthBody {
    /// `ok`.
    status: &'static str,
    /// The version that runs.
    version: &'static str,
}

const WELL: HealthBody = HealthBody {
    status: "ok",
    version: env!("CARGO_PKG_VERSION"),
};

/// Tells that the server runs
#[utoipa::path(
    tag = "operations",
    responses((status = 200, description = "It runs.", body = HealthBody), Problems)
)]
#[get("/livez")]
pub(crate) async fn livez() -> web::Json<HealthBody> {
    web::Json(WELL)
}

/// Tells whether the store answers
#[utoipa::path(
    tag = "operations",
    responses((status = 200, description = "It does.", body = HealthBody), Problems)
)]
#[get("/readyz")]
pub(crate) async fn readyz(context: web::Data<Context>) -> Result<web::Json<HealthBody>, ApiError> {
    if context.closing.is_cancelled() {
        return Err(ApiError::new(Kind::Busy, "the server is shutting down"));
    }
    let query = SeriesQuery {
        filter: SeriesFilter::default(),
        sort: SeriesSort::Key,
        order: Order::Ascending,
        page: PageRequest::first(1),
    };
    match tokio::time::timeout(PATIENCE, context.stores.prices.list(query)).await {
        Ok(listed) => listed.map(|_| web::Json(WELL)).map_err(Into::into),
        Err(_) => Err(ApiError::new(
            Kind::Unavailable,
            "the store does not answer in time",
        )),
    }
}

/// Returns metrics in the text format of Prometheus
#[utoipa::path(
    tag = "operations",
    responses((status = 200, description = "The metrics.", body = String, content_type = "text/plain"), Problems)
)]
#[get("/metrics")]
pub(crate) async fn metrics(metrics: web::Data<Metrics>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(metrics.text())
}
