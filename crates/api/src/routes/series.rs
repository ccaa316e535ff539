//! The catalogue of series.

use actix_web::{HttpRequest, HttpResponse, delete, get, http::header, web};
use domain::{
    error::{EntityRef, StoreError},
    market::{
        Order, PriceWrite, SeriesFilter, SeriesHead, SeriesPosition, SeriesQuery, SeriesSort, TimeRange,
        WriteKind,
    },
    page::PageRequest,
};
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{page::PageBody, written::WrittenBody};
use crate::{
    context::Context,
    cursor,
    problem::{ApiError, Kind, Problems},
    request::{NoParams, Parsed, SeriesParts, SeriesPath, expected_version, flag, page_limit},
};

/// How many series a page has when nobody says, and at most.
const PAGE: (usize, usize) = (100, 1_000);

/// A series, as the catalogue has it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeriesBody {
    /// Its name, `VENUE:SYMBOL/timeframe`.
    #[schema(example = "BINANCE:BTCUSDT/1m")]
    key: String,
    /// Where the instrument trades.
    venue: String,
    /// What it is called there.
    symbol: String,
    /// How long a bar lasts.
    timeframe: String,
    /// Its identity, which a purge ends.
    id: String,
    /// The newest version.
    version: u64,
    /// How many bars it holds.
    bars: u64,
    /// When the first bar opens, RFC 3339, UTC.
    first: Option<String>,
    /// When the last bar opens.
    last: Option<String>,
    /// How many bars its own calendar expects and does not find.
    gaps: u64,
    /// How many bytes its bars take in the store.
    bytes: u64,
    /// The digest of its bars, 32 hexadecimal digits.
    digest: String,
    /// When the newest version was committed.
    updated_at: String,
}

impl From<SeriesHead> for SeriesBody {
    fn from(head: SeriesHead) -> Self {
        Self {
            key: head.key.to_string(),
            venue: head.key.venue.to_string(),
            symbol: head.key.symbol.to_string(),
            timeframe: head.key.timeframe.to_string(),
            id: head.id.to_string(),
            version: head.version.0,
            bars: head.bars,
            first: head.first.map(|time| time.to_string()),
            last: head.last.map(|time| time.to_string()),
            gaps: head.gaps,
            bytes: head.bytes,
            digest: head.digest.to_string(),
            updated_at: head.updated_at.to_string(),
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Those of one venue.
    #[param(pattern = "^[A-Za-z0-9._-]{1,32}$")]
    venue: Option<String>,
    /// Those of one symbol.
    symbol: Option<String>,
    /// Those of one timeframe, such as `1m` or `1d`.
    #[param(pattern = "^([1-9][0-9]{0,2})(s|m|h|d|w|M)$")]
    timeframe: Option<String>,
    /// Those whose name holds this text, whatever its case.
    q: Option<String>,
    /// By `key`, `bars`, `first`, `last`, `gaps` or `updated`; `-bars` for the greatest first.
    #[param(pattern = "^-?(key|bars|first|last|gaps|updated)$")]
    sort: Option<String>,
    /// At most how many, up to 1,000.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Position {
    sort: String,
    rank: Option<i64>,
    key: String,
}

fn sort(parsed: &mut Parsed, text: &str) -> (SeriesSort, Order) {
    let (name, order) = match text.strip_prefix('-') {
        Some(name) => (name, Order::Descending),
        None => (text, Order::Ascending),
    };
    let sort = match name {
        "key" => SeriesSort::Key,
        "bars" => SeriesSort::Bars,
        "first" => SeriesSort::First,
        "last" => SeriesSort::Last,
        "gaps" => SeriesSort::Gaps,
        "updated" => SeriesSort::Updated,
        other => {
            let message =
                format!("`{other}` is none of key, bars, first, last, gaps and updated, with or without `-`");
            parsed.refuse("sort", message);
            SeriesSort::Key
        }
    };
    (sort, order)
}

/// Lists series
#[utoipa::path(
    tag = "series",
    params(ListParams),
    responses((status = 200, description = "A page of series.", body = PageBody<SeriesBody>), Problems)
)]
#[get("/series")]
pub(crate) async fn list(
    context: web::Data<Context>,
    params: web::Query<ListParams>,
) -> Result<web::Json<PageBody<SeriesBody>>, ApiError> {
    let params = params.into_inner();
    let mut parsed = Parsed::default();
    let filter = SeriesFilter {
        venue: parsed.optional("venue", params.venue.as_ref()),
        symbol: parsed.optional("symbol", params.symbol.as_ref()),
        timeframe: parsed.optional("timeframe", params.timeframe.as_ref()),
        text: params.q.filter(|text| !text.is_empty()),
    };
    let sorted_by = params.sort.as_deref().unwrap_or("key");
    let (sort, order) = sort(&mut parsed, sorted_by);
    let limit = page_limit(&mut parsed, params.limit.as_ref(), PAGE.0, PAGE.1);
    parsed.finish()?;
    let mut page = PageRequest::first(limit);
    if let Some(cursor) = &params.cursor {
        page = page.after(position(cursor, sorted_by)?);
    }
    let query = SeriesQuery {
        filter,
        sort,
        order,
        page,
    };
    let found = context.stores.prices.list(query).await?;
    let next = found.next.map(|next| {
        cursor::written(&Position {
            sort: sorted_by.to_owned(),
            rank: next.rank,
            key: next.key.to_string(),
        })
    });
    Ok(web::Json(PageBody {
        items: found.items.into_iter().map(SeriesBody::from).collect(),
        next_cursor: next.transpose()?,
    }))
}

fn position(cursor: &str, sorted_by: &str) -> Result<SeriesPosition, ApiError> {
    let position: Position = cursor::read(cursor)?;
    if position.sort != sorted_by {
        let message = format!(
            "it belongs to a list sorted by `{}`; pass the same `sort`",
            position.sort
        );
        return Err(ApiError::parameter("cursor", message));
    }
    let key = position
        .key
        .parse()
        .map_err(|error| ApiError::parameter("cursor", error))?;
    Ok(SeriesPosition {
        rank: position.rank,
        key,
    })
}

/// Shows one series
///
/// The `ETag` is its version, as `If-Match` of a write takes it.
#[utoipa::path(
    tag = "series",
    params(
        SeriesParts
    ),
    responses((status = 200, description = "The series.", body = SeriesBody), Problems)
)]
#[get("/series/{venue}/{symbol}/{timeframe}")]
pub(crate) async fn show(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    path: SeriesPath,
) -> Result<HttpResponse, ApiError> {
    let head = context.stores.prices.head(&path.0).await?;
    let head = head.ok_or_else(|| StoreError::NotFound(EntityRef::Series(path.0)))?;
    let tag = format!("\"v{}\"", head.version);
    Ok(HttpResponse::Ok()
        .insert_header((header::ETAG, tag))
        .json(SeriesBody::from(head)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeleteParams {
    /// Whether its whole history goes, too; that can't be taken back.
    #[param(value_type = Option<bool>)]
    purge: Option<String>,
    /// Why, for the record.
    reason: Option<String>,
}

/// Deletes every bar of a series
///
/// That is a commit: the versions before stay readable. With `purge=true` the series goes with all its history.
#[utoipa::path(
    tag = "series",
    params(
        SeriesParts,
        DeleteParams,
        ("If-Match" = Option<String>, Header, description = "The version that the series must have, `\"v3\"`.")
    ),
    responses(
        (status = 200, description = "The bars are deleted, as a new version.", body = WrittenBody),
        (status = 204, description = "The series is purged."),
        Problems
    )
)]
#[delete("/series/{venue}/{symbol}/{timeframe}")]
pub(crate) async fn delete(
    context: web::Data<Context>,
    path: SeriesPath,
    params: web::Query<DeleteParams>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let params = params.into_inner();
    let mut parsed = Parsed::default();
    let purge = flag(&mut parsed, "purge", params.purge.as_ref());
    parsed.finish()?;
    let expected = expected_version(&request)?;
    let (key, prices) = (path.0, context.stores.prices.clone());
    if purge {
        if expected.is_some() {
            let message =
                "a purge takes no If-Match: it removes every version, those that come meanwhile included";
            return Err(ApiError::new(Kind::BadRequest, message));
        }
        context
            .to_its_end(async move { prices.purge(&key).await })
            .await?;
        return Ok(HttpResponse::NoContent().finish());
    }
    if prices.head(&key).await?.is_none() {
        return Err(StoreError::NotFound(EntityRef::Series(key)).into());
    }
    let kind = WriteKind::DeleteRange(TimeRange::ALL);
    let mut write = PriceWrite::new(kind, stream::empty().boxed(), context.meta(params.reason)?);
    write.expected = expected;
    let written = context
        .to_its_end(async move { prices.commit(&key, write).await })
        .await?;
    Ok(HttpResponse::Ok().json(WrittenBody::from(written)))
}
