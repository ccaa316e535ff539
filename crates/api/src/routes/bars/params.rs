//! What a read of bars is asked for.

use actix_web::http::header::{ACCEPT, HeaderMap};
use app::bars::State;
use domain::market::{AsOf, ColumnSet, Order, SeriesKey, TimeRange, Timeframe, Timestamp, Version};
use interchange::Format;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    cursor,
    problem::ApiError,
    request::{EntityTag, Parsed},
};

/// The most bars of a page.
const MOST: usize = 100_000;
/// How many bars a page of JSON has when nobody says.
const USUAL: usize = 5_000;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReadParams {
    /// Bars that open at this time or later: RFC 3339, a date, or epoch s, ms, µs or ns.
    #[param(example = "2024-05-01T00:00:00Z")]
    start: Option<String>,
    /// Bars that open before this time.
    #[param(example = "2024-05-01T00:00:00Z")]
    end: Option<String>,
    /// At most how many bars. A page of JSON, or of longer bars, has up to 100,000; JSON has 5,000 when nothing is said,
    /// the other formats have all.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `asc`, the oldest first, or `desc`.
    #[param(pattern = "^(asc|desc)$")]
    order: Option<String>,
    /// Which columns, such as `time,close`.
    #[param(example = "time,close")]
    columns: Option<String>,
    /// As bars of this longer timeframe, such as `1h`, with a column `complete`.
    #[param(pattern = "^([1-9][0-9]{0,2})(s|m|h|d|w|M)$")]
    resample: Option<String>,
    /// The state at a version (`3`) or a time; the newest when not given.
    as_of: Option<String>,
    /// Where the page before ended; it goes on in the version of the first page.
    cursor: Option<String>,
    /// json, rows, csv, arrow or parquet; takes precedence over `Accept`.
    #[param(pattern = "^(json|rows|csv|arrow|parquet)$")]
    format: Option<String>,
    /// `zstd`: compresses the buffers of an Arrow stream.
    #[param(pattern = "^zstd$")]
    compression: Option<String>,
}

/// Where the next page begins, and in which version.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    /// What is read: the cursor of one read is none of another.
    read: String,
    /// The identity of the series, which a purge ends.
    series: String,
    version: u64,
    start: Option<i64>,
    end: Option<i64>,
}

/// A read, parsed.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) key: SeriesKey,
    pub(super) as_of: AsOf,
    pub(super) range: TimeRange,
    pub(super) limit: Option<usize>,
    pub(super) order: Order,
    pub(super) columns: ColumnSet,
    pub(super) resample: Option<Timeframe>,
    pub(super) format: Format,
    /// Whether the answer is a page that is put together in memory, not a stream.
    pub(super) is_page: bool,
    /// The identity of the series that the first page was read from.
    pub(super) pinned: Option<String>,
}

impl Reading {
    pub(super) fn parse(key: SeriesKey, params: &ReadParams, headers: &HeaderMap) -> Result<Self, ApiError> {
        let mut parsed = Parsed::default();
        let start: Option<Timestamp> = parsed.optional("start", params.start.as_ref());
        let end: Option<Timestamp> = parsed.optional("end", params.end.as_ref());
        let columns = parsed
            .optional("columns", params.columns.as_ref())
            .unwrap_or(ColumnSet::ALL);
        let resample = parsed.optional("resample", params.resample.as_ref());
        let mut as_of = parsed
            .optional("as_of", params.as_of.as_ref())
            .unwrap_or(AsOf::Head);
        let order = match params.order.as_deref() {
            None | Some("asc") => Order::Ascending,
            Some("desc") => Order::Descending,
            Some(other) => {
                parsed.refuse("order", format!("`{other}` is neither asc nor desc"));
                Order::Ascending
            }
        };
        let mut format = parsed
            .optional("format", params.format.as_ref())
            .unwrap_or_else(|| accepted(headers));
        match (params.compression.as_deref(), format) {
            (None, _) => {}
            (Some("zstd"), Format::Arrow | Format::ArrowZstd) => format = Format::ArrowZstd,
            (Some(other), _) => {
                parsed.refuse(
                    "compression",
                    format!("`{other}` can't be had here; format=arrow takes zstd"),
                );
            }
        }
        let turned = resample.is_some() && (params.limit.is_some() || order == Order::Descending);
        let is_page = matches!(format, Format::Json | Format::Rows) || turned;
        let most = if is_page { MOST } else { usize::MAX };
        let limit = match params.limit.as_ref().map(|limit| limit.parse::<usize>()) {
            None => None,
            Some(Ok(limit)) if (1..=most).contains(&limit) => Some(limit),
            Some(_) => {
                parsed.refuse("limit", format!("give a number from 1 to {most}"));
                None
            }
        };
        if is_page && limit.is_none() && !matches!(format, Format::Json | Format::Rows) {
            parsed.refuse("limit", "longer bars with the newest first need one");
        }
        parsed.finish()?;
        let (mut range, mut pinned) = (TimeRange::new(start, end), None);
        if let Some(cursor) = &params.cursor {
            let position: Position = cursor::read(cursor)?;
            if position.read != read_name(&key, order, resample) {
                let message = "it belongs to another read; pass the same series, order and resample";
                return Err(ApiError::parameter("cursor", message));
            }
            pinned = Some(position.series);
            as_of = AsOf::Version(Version(position.version));
            range = TimeRange::new(
                position.start.map(Timestamp::saturating),
                position.end.map(Timestamp::saturating),
            );
        }
        Ok(Self {
            key,
            as_of,
            range,
            limit,
            order,
            columns,
            resample,
            format,
            is_page,
            pinned,
        })
    }

    /// Returns how many bars the page has at most.
    pub(super) fn page_limit(&self) -> usize {
        self.limit.unwrap_or(USUAL)
    }

    /// Makes the tag of the answer. `zone` is the instrument's, in which longer bars are cut.
    pub(super) fn tag(&self, state: &State, zone: &str) -> EntityTag {
        let bound = |time: Option<Timestamp>| time.map(|time| time.micros().to_string()).unwrap_or_default();
        let columns: Vec<&str> = self.columns.iter().map(domain::market::Column::as_str).collect();
        EntityTag::of(&[
            &state.series.to_string(),
            &state.version.to_string(),
            &bound(self.range.start),
            &bound(self.range.end),
            &self.limit.map(|limit| limit.to_string()).unwrap_or_default(),
            if self.order == Order::Ascending {
                "asc"
            } else {
                "desc"
            },
            &columns.join(","),
            &self
                .resample
                .map(|frame| format!("{frame} {zone}"))
                .unwrap_or_default(),
            self.format.as_str(),
        ])
    }

    /// Returns the cursor of the page that reads `rest`.
    pub(super) fn next(&self, state: &State, rest: TimeRange) -> Result<String, ApiError> {
        cursor::written(&Position {
            read: read_name(&self.key, self.order, self.resample),
            series: state.series.to_string(),
            version: state.version.0,
            start: rest.start.map(Timestamp::micros),
            end: rest.end.map(Timestamp::micros),
        })
    }
}

/// Names what a cursor goes on reading.
fn read_name(key: &SeriesKey, order: Order, resample: Option<Timeframe>) -> String {
    let order = if order == Order::Ascending { "asc" } else { "desc" };
    let resample = resample.map(|frame| format!(" as {frame}")).unwrap_or_default();
    format!("{key} {order}{resample}")
}

/// Chooses the format that `Accept` names; JSON when it names none that there is.
fn accepted(headers: &HeaderMap) -> Format {
    let accepts = headers.get_all(ACCEPT).filter_map(|value| value.to_str().ok());
    let mut wanted: Vec<(f32, Format)> = Vec::new();
    for entry in accepts.flat_map(|accept| accept.split(',')) {
        let mut parts = entry.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let quality = parts
            .find_map(|part| part.strip_prefix("q=")?.parse().ok())
            .unwrap_or(1.0);
        let known = [Format::Json, Format::Csv, Format::Arrow, Format::Parquet];
        if let Some(format) = known
            .into_iter()
            .find(|format| format.media_type().eq_ignore_ascii_case(name))
        {
            wanted.push((quality, format));
        }
    }
    // The first of those that are wanted most.
    let best = wanted
        .into_iter()
        .filter(|(quality, _)| *quality > 0.0)
        .reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.map_or(Format::Json, |(_, format)| format)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn accept_names_the_format_and_json_is_the_last_resort() {
        let format = |accept: &str| {
            accepted(
                TestRequest::default()
                    .insert_header((ACCEPT, accept))
                    .to_http_request()
                    .headers(),
            )
        };
        assert_eq!(format("text/csv"), Format::Csv);
        assert_eq!(
            format("text/csv;q=0.5, application/vnd.apache.arrow.stream"),
            Format::Arrow
        );
        assert_eq!(
            format("application/vnd.apache.parquet, text/csv"),
            Format::Parquet
        );
        for accept in ["*/*", "text/html", "text/csv;q=0", ""] {
            assert_eq!(format(accept), Format::Json, "{accept}");
        }
    }
}
