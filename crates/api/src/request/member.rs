//! Members of JSON bodies, and what is said about bad ones.

use std::{fmt, fmt::Display, str::FromStr};

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::problem::{ApiError, Kind, Violation};

/// Reads a member that is written as text.
pub(crate) fn member<T: FromStr<Err: Display>>(name: &str, text: &str) -> Result<T, ApiError> {
    text.parse()
        .map_err(|error: T::Err| invalid(name, error.to_string()))
}

/// Says what is wrong with a member; `name` is its place in the body, without the slash in front.
pub(crate) fn invalid(name: &str, message: impl Into<String>) -> ApiError {
    let message = message.into();
    let violation = Violation::new(format!("/{name}"), "bad-value", &*message);
    ApiError::new(Kind::Invalid, message).with_errors(vec![violation])
}

/// A member that may be written as text or as a number: a time, or a version.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged, expecting = "must be a text or a whole number")]
pub(crate) enum TextOrNumber {
    Text(String),
    Number(i64),
}

impl Display for TextOrNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// As [`member`], of one that may be left out, or be written as a number.
pub(crate) fn optional<T: FromStr<Err: Display>>(
    name: &str,
    value: Option<&TextOrNumber>,
) -> Result<Option<T>, ApiError> {
    let read = |value: &TextOrNumber| member(name, &value.to_string());
    value.map(read).transpose()
}

/// Tells null from what is left out.
#[expect(
    clippy::option_option,
    reason = "null and what is left out mean different things"
)]
pub(crate) fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
