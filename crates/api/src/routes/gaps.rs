//! What a series lacks by its own calendar.

use actix_web::{get, web};
use domain::{
    market::{GapsQuery, TimeRange, Timestamp},
    page::PageRequest,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::PageBody;
use crate::{
    context::Context,
    cursor,
    problem::{ApiError, Problems},
    request::{Parsed, SeriesParts, SeriesPath, page_limit},
};

/// How many gaps a page has when nobody says, and at most.
const PAGE: (usize, usize) = (1_000, 10_000);

/// A hole: bars that are expected between two stored ones and are missing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GapBody {
    /// When the first missing bar would open.
    first: String,
    /// When the last missing bar would open.
    last: String,
    /// How many bars are missing.
    missing: u64,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Gaps that begin at this time or later.
    #[param(example = "2024-05-01T00:00:00Z")]
    start: Option<String>,
    /// Gaps that begin before this time.
    #[param(example = "2024-05-01T00:00:00Z")]
    end: Option<String>,
    /// At most how many, up to 10,000.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// Lists the gaps of the newest version
#[utoipa::path(
    tag = "history",
    params(
        SeriesParts,
        ListParams
    ),
    responses((status = 200, description = "A page of gaps, in the order of time.", body = PageBody<GapBody>), Problems)
)]
#[get("/series/{venue}/{symbol}/{timeframe}/gaps")]
pub(crate) async fn list(
    context: web::Data<Context>,
    path: SeriesPath,
    params: web::Query<ListParams>,
) -> Result<web::Json<PageBody<GapBody>>, ApiError> {
    let mut parsed = Parsed::default();
    let start: Option<Timestamp> = parsed.optional("start", params.start.as_ref());
    let end: Option<Timestamp> = parsed.optional("end", params.end.as_ref());
    let limit = page_limit(&mut parsed, params.limit.as_ref(), PAGE.0, PAGE.1);
    parsed.finish()?;
    let mut page = PageRequest::first(limit);
    if let Some(cursor) = &params.cursor {
        page = page.after(cursor::read::<Timestamp>(cursor)?);
    }
    let query = GapsQuery {
        key: path.0,
        range: TimeRange::new(start, end),
        page,
    };
    let found = context.stores.prices.gaps(query).await?;
    let gap = |gap: domain::market::Gap| GapBody {
        first: gap.first.to_string(),
        last: gap.last.to_string(),
        missing: gap.missing,
    };
    Ok(web::Json(PageBody {
        items: found.items.into_iter().map(gap).collect(),
        next_cursor: found.next.map(|next| cursor::written(&next)).transpose()?,
    }))
}
