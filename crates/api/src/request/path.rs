//! The names of series and instruments in paths.

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use domain::market::{SeriesKey, Symbol, Venue};
use futures::future::{Ready, ready};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::problem::{ApiError, Kind, Violation};

/// Refuses a path that is no text: the router would take what it can't read for something else.
fn readable(request: &HttpRequest) -> Result<(), ApiError> {
    let path = request.uri().path();
    match percent_encoding::percent_decode_str(path).decode_utf8() {
        Ok(_) => Ok(()),
        Err(_) => Err(ApiError::new(
            Kind::BadRequest,
            format!("the path {path} is no UTF-8"),
        )),
    }
}

fn refused(part: &str, message: String) -> ApiError {
    let violation = Violation::new(format!("{{{part}}}"), "bad-value", message.clone());
    ApiError::new(Kind::BadRequest, message).with_errors(vec![violation])
}

/// Reads a part of a path.
pub(crate) fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    part: &str,
    text: &str,
) -> Result<T, ApiError> {
    text.parse()
        .map_err(|error: T::Err| refused(part, error.to_string()))
}

/// The series that a path names: `/{venue}/{symbol}/{timeframe}`, a slash in the symbol as `%2F`.
#[derive(Debug, Clone)]
pub(crate) struct SeriesPath(pub(crate) SeriesKey);

/// The parts of a series' path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct SeriesParts {
    /// Where the instrument trades.
    #[param(pattern = "^[A-Za-z0-9._-]{1,32}$", example = "SYNTHETIC")]
    venue: String,
    /// What it is called there; a slash as `%2F`.
    #[param(min_length = 1, max_length = 64, pattern = r"^[!-~]+$", example = "ALPHA")]
    symbol: String,
    /// How long a bar lasts.
    #[param(pattern = "^([1-9][0-9]{0,2})(s|m|h|d|w|M)$", example = "1d")]
    timeframe: String,
}

impl FromRequest for SeriesPath {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let parts = web::Path::<SeriesParts>::from_request(request, payload).into_inner();
        let readable = readable(request);
        ready(parts.and_then(|parts| {
            readable?;
            Ok(Self(SeriesKey::new(
                parsed("venue", &parts.venue)?,
                parsed("symbol", &parts.symbol)?,
                parsed("timeframe", &parts.timeframe)?,
            )))
        }))
    }
}

/// The instrument that a path names: `/{venue}/{symbol}`.
#[derive(Debug, Clone)]
pub(crate) struct InstrumentPath(pub(crate) Venue, pub(crate) Symbol);

/// The parts of an instrument's path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct InstrumentParts {
    /// Where it trades.
    #[param(pattern = "^[A-Za-z0-9._-]{1,32}$", example = "SYNTHETIC")]
    venue: String,
    /// What it is called there; a slash as `%2F`.
    #[param(min_length = 1, max_length = 64, pattern = r"^[!-~]+$", example = "ALPHA")]
    symbol: String,
}

impl FromRequest for InstrumentPath {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let parts = web::Path::<InstrumentParts>::from_request(request, payload).into_inner();
        let readable = readable(request);
        ready(parts.and_then(|parts| {
            readable?;
            Ok(Self(
                parsed("venue", &parts.venue)?,
                parsed("symbol", &parts.symbol)?,
            ))
        }))
    }
}
