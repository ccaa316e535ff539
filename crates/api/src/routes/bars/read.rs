//! Reading bars.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder, get, head,
    http::header::{self, ContentEncoding},
    web,
};
use app::{
    bars::{BarsPage, BarsPageQuery, State, page, state},
    export::ExportRequest,
};
use bytes::Bytes;
use domain::market::{AsOf, Resampler, Timestamp};
use futures::stream;
use interchange::{Format, Layout, WriteError, encoder, json_page};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    answer::streamed,
    params::{ReadParams, Reading},
};
use crate::{
    context::Context,
    pages::Page,
    problem::{ApiError, Kind, Problems},
    request::{EntityTag, SeriesParts, SeriesPath},
};

/// Up to so many bars are encoded where the request is handled; more have a thread of their own.
const INLINE_BARS: usize = 10_000;

/// Bars as columns of equal length. Columns that were not asked for are left out; `interchange` writes them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BarsBody {
    /// When each bar opens, RFC 3339, UTC.
    time: Vec<String>,
    open: Option<Vec<f64>>,
    high: Option<Vec<f64>>,
    low: Option<Vec<f64>>,
    close: Option<Vec<f64>>,
    /// What was traded; null where unknown.
    volume: Option<Vec<Option<f64>>>,
    /// Of resampled bars, whether the series reaches from the beginning of each to its end.
    complete: Option<Vec<bool>>,
    /// The series.
    series: String,
    /// The version that was read.
    version: u64,
    /// What to pass as `cursor` for the next page; null when this is the last.
    next_cursor: Option<String>,
}

/// Reads bars
///
/// JSON comes in pages. CSV, Arrow and Parquet stream everything that was asked for. The answer names the version
/// that it was read from in `Chandlery-Version`; its `ETag` is strong.
#[utoipa::path(
    tag = "bars",
    params(
        SeriesParts,
        ReadParams
    ),
    responses(
        (status = 200, description = "The bars.", content(
            (BarsBody = "application/json"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.apache.arrow.stream"),
            (Vec<u8> = "application/vnd.apache.parquet")
        )),
        (status = 304, description = "The client has them already."),
        Problems
    )
)]
#[get("/series/{venue}/{symbol}/{timeframe}/bars")]
pub(crate) async fn read(
    context: web::Data<Context>,
    path: SeriesPath,
    params: web::Query<ReadParams>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let reading = Reading::parse(path.0, &params, request.headers())?;
    let found = Found::look(&context, &reading).await?;
    if found.tag.is_known(request.headers()) {
        return Ok(found.headed(&mut HttpResponse::NotModified()).finish());
    }
    if reading.is_page {
        paged(&context, &request, reading, found).await
    } else {
        let turn = context.streaming_turn().await?;
        let export = ExportRequest {
            key: reading.key.clone(),
            as_of: AsOf::Version(found.state.version),
            range: reading.range,
            resample: reading.resample,
            limit: reading.limit.map(|limit| limit as u64),
            order: reading.order,
            columns: reading.columns,
            format: reading.format,
        };
        let body = streamed(&context, export, turn).await?;
        let mut response = found.answer(&reading);
        Ok(response.streaming(body))
    }
}

/// Tells what reading the same bars would be headed by
#[utoipa::path(
    tag = "bars",
    params(
        SeriesParts,
        ReadParams
    ),
    responses(
        (status = 200, description = "The headers of the bars."),
        (status = 304, description = "The client has them already."),
        Problems
    )
)]
#[head("/series/{venue}/{symbol}/{timeframe}/bars")]
pub(crate) async fn peek(
    context: web::Data<Context>,
    path: SeriesPath,
    params: web::Query<ReadParams>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let reading = Reading::parse(path.0, &params, request.headers())?;
    let found = Found::look(&context, &reading).await?;
    if found.tag.is_known(request.headers()) {
        return Ok(found.headed(&mut HttpResponse::NotModified()).finish());
    }
    // How long the body would be is known only when it is made.
    Ok(found
        .answer(&reading)
        .streaming(stream::empty::<Result<Bytes, ApiError>>()))
}

/// The state that is read, and the tag of the answer.
struct Found {
    state: State,
    tag: EntityTag,
}

impl Found {
    async fn look(context: &Context, reading: &Reading) -> Result<Self, ApiError> {
        let state = state(&context.stores, &reading.key, reading.as_of).await?;
        if reading
            .pinned
            .as_ref()
            .is_some_and(|pinned| *pinned != state.series.to_string())
        {
            let detail = "the series that the first page was read from has been purged";
            return Err(ApiError::new(Kind::Gone, detail));
        }
        let zone = if reading.resample.is_some() {
            let (venue, symbol) = (&reading.key.venue, &reading.key.symbol);
            let instrument = context.stores.instruments.instrument(venue, symbol).await?;
            instrument.map(|instrument| instrument.zone.to_string())
        } else {
            None
        };
        let zone = zone.unwrap_or_default();
        if let Some(target) = reading.resample {
            let ends = (Timestamp::EPOCH, Timestamp::EPOCH);
            let zone = zone.parse().unwrap_or_default();
            Resampler::new(reading.key.timeframe, target, &zone, ends)
                .map_err(|error| ApiError::parameter("resample", error))?;
        }
        let tag = reading.tag(&state, &zone);
        Ok(Self { state, tag })
    }

    fn headed<'a>(&self, response: &'a mut HttpResponseBuilder) -> &'a mut HttpResponseBuilder {
        response
            .insert_header((header::ETAG, self.tag.to_string()))
            .insert_header((header::CACHE_CONTROL, "private, no-cache"))
            .insert_header((header::VARY, "Accept, Accept-Encoding"))
            .insert_header(("Chandlery-Version", self.state.version.to_string()))
    }

    fn answer(&self, reading: &Reading) -> HttpResponseBuilder {
        let mut response = HttpResponse::Ok();
        self.headed(&mut response)
            .content_type(content_type(reading.format));
        if !reading.format.is_text() {
            // Compressing what is compressed, or is read faster than it is compressed, slows it down many times.
            response.insert_header(ContentEncoding::Identity);
        }
        if !matches!(reading.format, Format::Json | Format::Rows) {
            let key = &reading.key;
            let plain = |text: &str| -> String {
                let safe = |c: char| {
                    if c.is_ascii_alphanumeric() || "._-".contains(c) {
                        c
                    } else {
                        '-'
                    }
                };
                text.chars().map(safe).collect()
            };
            let name = format!(
                "{}-{}-{}.{}",
                plain(key.venue.as_str()),
                plain(key.symbol.as_str()),
                reading.resample.unwrap_or(key.timeframe),
                reading.format.extension()
            );
            response.insert_header((
                header::CONTENT_DISPOSITION,
                format!("inline; filename=\"{name}\""),
            ));
        }
        response
    }
}

fn content_type(format: Format) -> &'static str {
    match format {
        Format::Csv => "text/csv; charset=utf-8",
        other => other.media_type(),
    }
}

async fn paged(
    context: &Context,
    request: &HttpRequest,
    reading: Reading,
    found: Found,
) -> Result<HttpResponse, ApiError> {
    let mut response = found.answer(&reading);
    let page = if let Some(page) = context.pages.get(&found.tag) {
        page
    } else {
        // The zone that longer bars are cut in may change while they are read.
        let stays = reading.resample.is_none();
        let page = made(context, reading, found.state).await?;
        if stays {
            context.pages.keep(found.tag, page.clone());
        }
        page
    };
    if let Some(cursor) = &page.next {
        response.insert_header((header::LINK, link(request, cursor)));
    }
    Ok(response.body(page.body))
}

async fn made(context: &Context, reading: Reading, state: State) -> Result<Page, ApiError> {
    let limit = reading.page_limit();
    let large = limit > INLINE_BARS || reading.resample.is_some();
    let _turn = if large { Some(context.turn().await?) } else { None };
    let query = BarsPageQuery {
        key: reading.key.clone(),
        version: state.version,
        range: reading.range,
        columns: reading.columns,
        resample: reading.resample,
        order: reading.order,
        limit,
    };
    let page = page(&context.stores, query).await?;
    let rest = page.rest(&reading.range, reading.order);
    let next = rest.map(|rest| reading.next(&state, rest)).transpose()?;
    let cursor = next.clone();
    let body = if page.frame.len() > INLINE_BARS {
        let encode = move || encoded(&page, &reading, state.version.0, cursor);
        tokio::task::spawn_blocking(encode)
            .await
            .map_err(ApiError::internal)?
    } else {
        encoded(&page, &reading, state.version.0, cursor)
    };
    Ok(Page {
        body: body.map_err(ApiError::internal)?.into(),
        next,
    })
}

fn encoded(
    page: &BarsPage,
    reading: &Reading,
    version: u64,
    next: Option<String>,
) -> Result<Vec<u8>, WriteError> {
    let layout = Layout {
        columns: reading.columns,
        complete: page.complete.is_some(),
    };
    let complete = page.complete.as_deref();
    if reading.format == Format::Json {
        let members = [
            ("series", Value::from(reading.key.to_string())),
            ("version", Value::from(version)),
            ("next_cursor", next.map_or(Value::Null, Value::from)),
        ];
        return json_page(&page.frame, complete, layout, &members);
    }
    let mut encoder = encoder(reading.format, layout, Vec::new())?;
    encoder.write_rows(&page.frame, complete)?;
    encoder.finish()
}

/// Returns the `Link` header of the next page: the same query with another cursor.
fn link(request: &HttpRequest, cursor: &str) -> String {
    let kept =
        url::form_urlencoded::parse(request.query_string().as_bytes()).filter(|(name, _)| name != "cursor");
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair("cursor", cursor)
        .finish();
    format!("<{}?{query}>; rel=\"next\"", request.path())
}
