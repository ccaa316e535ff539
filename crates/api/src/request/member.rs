//! Members of JSON bodies, and what is said about bad ones.

use std::{fmt::Display, str::FromStr};

use serde::{Deserialize, Deserializer};

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

/// Tells null from what is left out.
#[expect(
    clippy::option_option,
    reason = "null and what is left out mean different things"
)]
pub(crate) fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
