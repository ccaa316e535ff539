//! The names of series and instruments in paths.

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use domain::market::{SeriesKey, Symbol, Venue};
use futures::future::{Ready, ready};
use serde::Deserialize;

use crate::problem::{ApiError, Kind, Violation};

fn refused(part: &str, message: String) -> ApiError {
    let violation = Violation {
        pointer: format!("{{{part}}}"),
        rule: "bad-value".to_owned(),
        message: message.clone(),
    };
    ApiError::new(Kind::BadRequest, message).with_errors(vec![violation])
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(part: &str, text: &str) -> Result<T, ApiError> {
    text.parse()
        .map_err(|error: T::Err| refused(part, error.to_string()))
}

/// The series that a path names: `/{venue}/{symbol}/{timeframe}`, a slash in the symbol as `%2F`.
#[derive(Debug, Clone)]
pub(crate) struct SeriesPath(pub(crate) SeriesKey);

#[derive(Deserialize)]
struct SeriesParts {
    venue: String,
    symbol: String,
    timeframe: String,
}

impl FromRequest for SeriesPath {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let parts = web::Path::<SeriesParts>::from_request(request, payload).into_inner();
        ready(parts.and_then(|parts| {
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

#[derive(Deserialize)]
struct InstrumentParts {
    venue: String,
    symbol: String,
}

impl FromRequest for InstrumentPath {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let parts = web::Path::<InstrumentParts>::from_request(request, payload).into_inner();
        ready(parts.and_then(|parts| {
            Ok(Self(
                parsed("venue", &parts.venue)?,
                parsed("symbol", &parts.symbol)?,
            ))
        }))
    }
}
