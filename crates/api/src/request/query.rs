//! Parameters, and what is said about bad ones.

use std::str::FromStr;

use actix_web::{
    HttpRequest,
    error::{JsonPayloadError, PathError, QueryPayloadError},
    web::{JsonConfig, PathConfig, QueryConfig},
};

use serde::Deserialize;

use crate::problem::{ApiError, Kind, Violation};

/// The most bytes of a JSON body, where a route says nothing else.
const JSON_BYTES: usize = 64 << 10;

/// The parameters of a route that has none: any other is refused, lest it be taken for heard.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoParams {}

/// Collects what parameters mean, and everything that is wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    errors: Vec<Violation>,
}

impl Parsed {
    /// Reads a parameter, if it was given.
    pub(crate) fn optional<T: FromStr<Err: std::fmt::Display>>(
        &mut self,
        name: &str,
        text: Option<&String>,
    ) -> Option<T> {
        match text?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(name, error.to_string());
                None
            }
        }
    }

    /// Notes that a parameter is wrong.
    pub(crate) fn refuse(&mut self, name: &str, message: impl Into<String>) {
        self.errors
            .push(Violation::new(format!("?{name}"), "bad-value", message));
    }

    /// Fails with everything that is wrong.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        let Some(first) = self.errors.first() else {
            return Ok(());
        };
        let detail = format!("{}: {}", first.pointer.trim_start_matches('?'), first.message);
        Err(ApiError::new(Kind::BadRequest, detail).with_errors(self.errors))
    }
}

/// Reads a flag that is set by its mere name, too.
pub(crate) fn flag(parsed: &mut Parsed, name: &str, text: Option<&String>) -> bool {
    match text.map(String::as_str) {
        None | Some("false" | "0") => false,
        Some("" | "true" | "1") => true,
        Some(other) => {
            parsed.refuse(name, format!("`{other}` is neither true nor false"));
            false
        }
    }
}

/// Reads how many items a page has at most.
pub(crate) fn page_limit(parsed: &mut Parsed, limit: Option<&String>, usual: usize, most: usize) -> usize {
    match limit.map(|limit| limit.parse::<usize>()) {
        None => usual,
        Some(Ok(limit)) if (1..=most).contains(&limit) => limit,
        Some(_) => {
            parsed.refuse("limit", format!("give a number from 1 to {most}"));
            usual
        }
    }
}

fn bad(place: &str, rule: &str, message: String) -> ApiError {
    let violation = Violation::new(place, rule, message.clone());
    ApiError::new(Kind::BadRequest, message).with_errors(vec![violation])
}

/// Says what is wrong with a query as a whole: an unknown parameter, one given twice, bad encoding.
pub(crate) fn query_config() -> QueryConfig {
    QueryConfig::default().error_handler(|error, _| {
        let message = match &error {
            QueryPayloadError::Deserialize(cause) => cause.to_string(),
            other => other.to_string(),
        };
        bad("?", "bad-query", message).into()
    })
}

/// Says what is wrong with a path.
pub(crate) fn path_config() -> PathConfig {
    PathConfig::default().error_handler(|error: PathError, request: &HttpRequest| {
        let message = format!("the path {} can't be read: {error}", request.path());
        bad("", "bad-path", message).into()
    })
}

/// Says what is wrong with a body that should be JSON.
pub(crate) fn json_config() -> JsonConfig {
    JsonConfig::default().limit(JSON_BYTES).error_handler(|error, _| {
        let problem = match &error {
            JsonPayloadError::OverflowKnownLength { .. } | JsonPayloadError::Overflow { .. } => {
                ApiError::new(
                    Kind::TooLarge,
                    format!("the body has more than {JSON_BYTES} bytes"),
                )
            }
            JsonPayloadError::ContentType => ApiError::new(
                Kind::MediaType,
                "send JSON, with the header Content-Type: application/json",
            ),
            other => bad("", "bad-json", format!("the body is no JSON: {other}")),
        };
        problem.into()
    })
}
