//! What goes wrong, as RFC 9457 problems: `application/problem+json`.

mod causes;
mod render;

use std::{fmt, sync::Arc};

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use domain::error::Cause;
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

pub(crate) use self::render::{of_status, rendered};

/// A fault of a request, and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Violation {
    /// Where: a JSON pointer into the body (`/close/17`), or the name of a parameter (`?start`).
    pub pointer: String,
    /// The rule that is broken.
    pub rule: String,
    /// What is wrong, for people.
    pub message: String,
    /// The line of the text that is meant, from 1: that of the body, or of the rule that the pointer names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The column in characters, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// The line itself and, below, carets under what is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
    /// The known name that is nearest to an unknown one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
}

impl Violation {
    /// Says which rule is broken where, and what is wrong.
    pub(crate) fn new(
        pointer: impl Into<String>,
        rule: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            pointer: pointer.into(),
            rule: rule.into(),
            message: message.into(),
            line: None,
            column: None,
            excerpt: None,
            nearest: None,
        }
    }
}

/// What went wrong (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// What kind of problem it is; stable, such as `urn:chandlery:problem:conflict`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What kind of problem it is, for people.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened here, and what to do.
    pub detail: String,
    /// The id of the request, as in the log.
    pub request_id: String,
    /// The faults of a bad query or body, one by one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Violation>,
}

macro_rules! kinds {
    ($($variant:ident = $status:ident, $slug:literal, $title:literal;)+) => {
        /// The kinds of problems.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the titles say what they are")]
        pub enum Kind {
            $($variant,)+
        }

        impl Kind {
            /// Returns the status that goes with it.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)+ }
            }

            /// Returns the last part of its type.
            pub fn slug(self) -> &'static str {
                match self { $(Self::$variant => $slug,)+ }
            }

            /// Returns its title.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }
        }
    };
}

kinds! {
    BadRequest = BAD_REQUEST, "bad-request", "The request can't be read";
    Forbidden = FORBIDDEN, "forbidden", "The request comes from elsewhere";
    NotFound = NOT_FOUND, "not-found", "There is no such thing";
    Method = METHOD_NOT_ALLOWED, "method-not-allowed", "The method can't be used here";
    Timeout = REQUEST_TIMEOUT, "timeout", "The request took too long to arrive";
    Conflict = CONFLICT, "conflict", "It is not in the state that was expected";
    Exists = CONFLICT, "already-exists", "The name is taken";
    Gone = GONE, "gone", "The version has been pruned";
    TooLarge = PAYLOAD_TOO_LARGE, "too-large", "The body is too large";
    MediaType = UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The body is of a kind that is not taken here";
    Invalid = UNPROCESSABLE_ENTITY, "invalid", "What was sent breaks a rule";
    TooMany = TOO_MANY_REQUESTS, "too-many", "Too much is under way";
    Internal = INTERNAL_SERVER_ERROR, "internal", "The server has failed";
    Damaged = INTERNAL_SERVER_ERROR, "damaged", "What is stored is damaged";
    Busy = SERVICE_UNAVAILABLE, "busy", "The server is busy";
    Unavailable = SERVICE_UNAVAILABLE, "store-unavailable", "The store is unavailable";
}

/// Why a request is not answered as it wanted.
#[derive(Debug, Clone)]
pub struct ApiError {
    pub(crate) kind: Kind,
    pub(crate) detail: String,
    pub(crate) errors: Vec<Violation>,
    /// For the log alone.
    pub(crate) cause: Option<Arc<Cause>>,
    /// The methods that a path takes.
    pub(crate) allowed: Option<String>,
}

impl ApiError {
    /// Says what happened, and what to do.
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            cause: None,
            allowed: None,
        }
    }

    /// Hides a failure of the server from the client, and keeps it for the log.
    pub(crate) fn internal(cause: impl Into<Cause>) -> Self {
        let detail = "the server has failed at this; its log says why, under the request's id";
        Self::new(Kind::Internal, detail).caused_by(cause)
    }

    pub(crate) fn caused_by(mut self, cause: impl Into<Cause>) -> Self {
        self.cause = Some(Arc::new(cause.into()));
        self
    }

    /// Lists the faults of a bad query or body.
    pub(crate) fn with_errors(mut self, errors: Vec<Violation>) -> Self {
        self.errors = errors;
        self
    }

    /// Says what is wrong with one parameter.
    pub(crate) fn parameter(name: &str, message: impl fmt::Display) -> Self {
        let message = message.to_string();
        let violation = Violation::new(format!("?{name}"), "bad-value", message.clone());
        Self::new(Kind::BadRequest, format!("{name}: {message}")).with_errors(vec![violation])
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for ApiError {}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.kind.status()
    }

    /// Carries the error to where the request's id is known.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.kind.status());
        response.extensions_mut().insert(self.clone());
        response
    }
}

/// The problems that any request may end in; what each means is told in its type and title.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it stands in the OpenAPI document alone")]
pub(crate) enum Problems {
    /// The request can't be read: a parameter, a header or the syntax of the body.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(Problem),
    /// The request was made by another site, or names another host.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// There is no such thing.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
    /// The request took too long to arrive.
    #[response(status = 408, content_type = "application/problem+json")]
    Timeout(Problem),
    /// It is not in the state that was expected, or the name is taken.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(Problem),
    /// The version has been pruned.
    #[response(status = 410, content_type = "application/problem+json")]
    Gone(Problem),
    /// The body is too large.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// The body is of a kind that is not taken here.
    #[response(status = 415, content_type = "application/problem+json")]
    MediaType(Problem),
    /// What was sent breaks a rule.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
    /// Too much is under way; come back after `Retry-After` seconds.
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(Problem),
    /// The server has failed.
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(Problem),
    /// The store is unavailable or the server is busy; come back after `Retry-After` seconds.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(Problem),
}
