//! Problems as responses.

use actix_web::{
    HttpResponse,
    body::BoxBody,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
};

use super::{ApiError, Kind, Problem};

/// How many seconds a client waits before it tries again.
const RETRY_AFTER: &str = "1";

/// Makes the response of an error.
pub(crate) fn rendered(error: ApiError, request_id: &str) -> HttpResponse<BoxBody> {
    let status = error.kind.status();
    if status.is_server_error() {
        let cause = error.cause.as_deref().map(chain).unwrap_or_default();
        tracing::error!(kind = error.kind.slug(), %cause, "request failed");
    }
    let problem = Problem {
        kind: format!("urn:chandlery:problem:{}", error.kind.slug()),
        title: error.kind.title().to_owned(),
        status: status.as_u16(),
        detail: error.detail,
        request_id: request_id.to_owned(),
        errors: error.errors,
    };
    let mut response = HttpResponse::build(status);
    response.insert_header((
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    ));
    response.insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")));
    if matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    ) {
        response.insert_header((header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER)));
    }
    if let Some(allowed) = error.allowed {
        response.insert_header((header::ALLOW, allowed));
    }
    match serde_json::to_vec(&problem) {
        Ok(body) => response.body(body),
        Err(_) => response.finish(),
    }
}

fn chain(cause: &domain::error::Cause) -> String {
    let mut text = cause.to_string();
    let mut source = cause.source();
    while let Some(next) = source {
        // Most errors tell their causes themselves.
        let said = next.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        source = next.source();
    }
    text
}

/// Returns what a bare status of the framework means.
pub(crate) fn of_status(status: StatusCode, said: &str) -> ApiError {
    let kind = match status {
        StatusCode::NOT_FOUND => Kind::NotFound,
        StatusCode::FORBIDDEN => Kind::Forbidden,
        StatusCode::METHOD_NOT_ALLOWED => Kind::Method,
        StatusCode::REQUEST_TIMEOUT => Kind::Timeout,
        StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Kind::MediaType,
        StatusCode::UNPROCESSABLE_ENTITY => Kind::Invalid,
        StatusCode::TOO_MANY_REQUESTS => Kind::TooMany,
        StatusCode::SERVICE_UNAVAILABLE => Kind::Busy,
        status if status.is_server_error() => return ApiError::internal(said.to_owned()),
        _ => Kind::BadRequest,
    };
    let said = if said.is_empty() { kind.title() } else { said };
    ApiError::new(kind, said)
}

#[cfg(test)]
mod tests {
    use domain::error::StoreError;

    use super::*;

    #[test]
    fn a_cause_is_logged_once() {
        let cause: domain::error::Cause = StoreError::unavailable("the disk is full").into();
        assert_eq!(chain(&cause), "the store is unavailable: the disk is full");
        let hidden: domain::error::Cause = std::io::Error::other("no").into();
        assert_eq!(chain(&hidden), "no");
    }
}
