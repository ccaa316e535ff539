//! Writing and deleting bars.

use actix_web::{HttpRequest, delete, http::header::CONTENT_ENCODING, put, web};
use app::bars::misplaced;
use bytes::Bytes;
use domain::market::{Bars, PriceWrite, SeriesKey, TimeRange, Timestamp, WriteKind};
use futures::{StreamExt, stream};
use interchange::{Decoded, Format, Places, decode_bars};
use serde::Deserialize;
use utoipa::IntoParams;

use super::read::BarsBody;
use crate::{
    context::Context,
    problem::{ApiError, Kind, Problems, Violation},
    request::{
        Parsed, SeriesParts, SeriesPath, declared, expected_version, idempotency_key, media_type, whole,
    },
    routes::written::WrittenBody,
};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WriteParams {
    /// `upsert` inserts bars and replaces those of the same times; `replace` makes them the only bars from `start` to
    /// `end`.
    #[param(pattern = "^(upsert|replace)$")]
    mode: Option<String>,
    /// Of a replaced range, the first time inside.
    #[param(example = "2024-05-01T00:00:00Z")]
    start: Option<String>,
    /// Of a replaced range, the first time behind.
    #[param(example = "2024-05-01T00:00:00Z")]
    end: Option<String>,
    /// Why, for the record.
    reason: Option<String>,
}

/// Writes bars as one commit
///
/// All of them or none: the first fault refuses the whole body and is named with its place. Bars that are stored
/// already, bit for bit, make no version. With an `Idempotency-Key` the write may be repeated and is made once.
#[utoipa::path(
    tag = "bars",
    params(
        SeriesParts,
        WriteParams,
        ("Idempotency-Key" = Option<String>, Header, description = "A key under which the write may be repeated."),
        ("If-Match" = Option<String>, Header, description = "The version that the series must have, `\"v3\"`."),
        ("If-None-Match" = Option<String>, Header, description = "`*`: the series must not be there yet.")
    ),
    request_body(content(
        (BarsBody = "application/json"),
        (String = "text/csv"),
        (Vec<u8> = "application/vnd.apache.arrow.stream")
    ), description = "Bars: an object of columns or an array of rows, CSV with a header, or an Arrow IPC stream."),
    responses((status = 200, description = "What became of it.", body = WrittenBody), Problems)
)]
#[put("/series/{venue}/{symbol}/{timeframe}/bars")]
pub(crate) async fn upsert(
    context: web::Data<Context>,
    path: SeriesPath,
    params: web::Query<WriteParams>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<web::Json<WrittenBody>, ApiError> {
    let params = params.into_inner();
    let key = path.0;
    let mut parsed = Parsed::default();
    let start: Option<Timestamp> = parsed.optional("start", params.start.as_ref());
    let end: Option<Timestamp> = parsed.optional("end", params.end.as_ref());
    let range = TimeRange::new(start, end);
    let kind = match params.mode.as_deref() {
        None | Some("upsert") => {
            if start.is_some() || end.is_some() {
                parsed.refuse("mode", "a range goes with mode=replace");
            }
            WriteKind::Upsert
        }
        Some("replace") => WriteKind::ReplaceRange(range),
        Some(other) => {
            parsed.refuse("mode", format!("`{other}` is neither upsert nor replace"));
            WriteKind::Upsert
        }
    };
    parsed.finish()?;
    let media = media(&request)?;
    let (expected, idempotency_key) = (expected_version(&request)?, idempotency_key(&request)?);
    // A compressed body does not say how large it is.
    let size = declared(request.headers()).filter(|_| !request.headers().contains_key(CONTENT_ENCODING));
    let _room = context.room_for(size).await?;
    let (most, advice) = (
        context.limits.bars_bytes,
        "send it in parts, or raise http.max_bars_mib",
    );
    let body = whole(request.headers(), body, most, advice).await?;
    let (bars, places) = {
        let _turn = context.turn().await?;
        let decode = move || decode_bars(media.format(&body), &body);
        let decoded = tokio::task::spawn_blocking(decode)
            .await
            .map_err(ApiError::internal)??;
        zoned(&key, decoded)?
    };
    placed(&context, &key, &bars, &places).await?;
    let mut write = PriceWrite::new(
        kind,
        stream::iter([Ok(bars)]).boxed(),
        context.meta(params.reason)?,
    );
    write.expected = expected;
    write.idempotency_key = idempotency_key;
    let prices = context.stores.prices.clone();
    let written = context
        .to_its_end(async move { prices.commit(&key, write).await })
        .await?;
    Ok(web::Json(written.into()))
}

/// How many faults are told.
const LISTED: usize = 100;

/// What a body says that it is.
#[derive(Debug, Clone, Copy)]
enum Media {
    Json,
    Other(Format),
}

impl Media {
    /// JSON is columns or rows, which its first character tells.
    fn format(self, body: &Bytes) -> Format {
        match self {
            Self::Other(format) => format,
            Self::Json => match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
                Some(b'[') => Format::Rows,
                _ => Format::Json,
            },
        }
    }
}

fn media(request: &HttpRequest) -> Result<Media, ApiError> {
    match media_type(request.headers()).as_str() {
        "application/json" => Ok(Media::Json),
        "text/csv" => Ok(Media::Other(Format::Csv)),
        "application/vnd.apache.arrow.stream" => Ok(Media::Other(Format::Arrow)),
        other => Err(ApiError::new(
            Kind::MediaType,
            format!(
                "bars are taken as application/json, text/csv or application/vnd.apache.arrow.stream, not as `{other}`; \
                 price files of other kinds go to /api/v1/imports"
            ),
        )),
    }
}

/// Refuses times of day that don't say which; dates are dates.
fn zoned(key: &SeriesKey, decoded: Decoded) -> Result<(Bars, Places), ApiError> {
    if decoded.naive && key.timeframe.is_intraday() {
        let message = format!(
            "bars of {} need times with their offset from UTC, such as 2024-05-01T13:30:00Z",
            key.timeframe
        );
        let violation = Violation::new("/time", "naive-time", message.clone());
        return Err(ApiError::new(Kind::Invalid, message).with_errors(vec![violation]));
    }
    Ok((decoded.bars, decoded.places))
}

/// Refuses bars that lie off the grid of their series or in the future.
async fn placed(context: &Context, key: &SeriesKey, bars: &Bars, places: &Places) -> Result<(), ApiError> {
    let head = context.stores.prices.head(key).await?;
    let stored = head.and_then(|head| head.first).map(Timestamp::micros);
    let faults = misplaced(key, bars, stored, context.clock.now());
    let Some(first) = faults.first() else {
        return Ok(());
    };
    let detail = first.message.clone();
    let violations = faults
        .into_iter()
        .take(LISTED)
        .map(|fault| Violation::new(places.pointer(fault.index, "time"), fault.rule, fault.message));
    Err(ApiError::new(Kind::Invalid, detail).with_errors(violations.collect()))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeleteParams {
    /// Bars that open at this time or later.
    #[param(example = "2024-05-01T00:00:00Z")]
    start: Option<String>,
    /// Bars that open before this time.
    #[param(example = "2024-05-01T00:00:00Z")]
    end: Option<String>,
    /// Why, for the record.
    reason: Option<String>,
}

/// Deletes the bars of a range, as one commit
///
/// At least one end of the range is named; `DELETE` of the series itself deletes all of them.
#[utoipa::path(
    tag = "bars",
    params(
        SeriesParts,
        DeleteParams,
        ("Idempotency-Key" = Option<String>, Header, description = "A key under which the write may be repeated."),
        ("If-Match" = Option<String>, Header, description = "The version that the series must have, `\"v3\"`.")
    ),
    responses((status = 200, description = "What became of it.", body = WrittenBody), Problems)
)]
#[delete("/series/{venue}/{symbol}/{timeframe}/bars")]
pub(crate) async fn remove(
    context: web::Data<Context>,
    path: SeriesPath,
    params: web::Query<DeleteParams>,
    request: HttpRequest,
) -> Result<web::Json<WrittenBody>, ApiError> {
    let params = params.into_inner();
    let key = path.0;
    let mut parsed = Parsed::default();
    let start: Option<Timestamp> = parsed.optional("start", params.start.as_ref());
    let end: Option<Timestamp> = parsed.optional("end", params.end.as_ref());
    if params.start.is_none() && params.end.is_none() {
        parsed.refuse(
            "start",
            "name the first time, or with `end` the first time behind, of what is to go",
        );
    }
    parsed.finish()?;
    let kind = WriteKind::DeleteRange(TimeRange::new(start, end));
    let mut write = PriceWrite::new(kind, stream::empty().boxed(), context.meta(params.reason)?);
    write.expected = expected_version(&request)?;
    write.idempotency_key = idempotency_key(&request)?;
    let prices = context.stores.prices.clone();
    if prices.head(&key).await?.is_none() {
        let missing = domain::error::EntityRef::Series(key);
        return Err(domain::error::StoreError::NotFound(missing).into());
    }
    let written = context
        .to_its_end(async move { prices.commit(&key, write).await })
        .await?;
    Ok(web::Json(written.into()))
}
