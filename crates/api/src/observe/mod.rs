//! What every request goes through: an id, a span, a line in the log, metrics, and problems instead of failures.

mod metrics;

use std::panic::AssertUnwindSafe;

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use futures::FutureExt;
use tracing::Instrument;

pub use self::metrics::Metrics;
use crate::{
    context::Context,
    problem::{ApiError, of_status, rendered},
};

/// The header that names a request, as it is in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Follows a request from its arrival to its answer.
pub(crate) async fn follow<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let id = request
        .app_data::<web::Data<Context>>()
        .map(|context| context.ids.next_uuid().to_string())
        .unwrap_or_default();
    let (method, path) = (request.method().clone(), request.path().to_owned());
    let span = tracing::info_span!("request", request_id = %id, %method, path);
    let flight = metrics::Flight::begin();
    let answered = async {
        // A panic ends this request and nothing else.
        match AssertUnwindSafe(next.call(request)).catch_unwind().await {
            Ok(answered) => answered
                .map(|response| mended(response, &id))
                .map_err(|error| failed(&error, &id)),
            Err(panic) => Err(failed(&panicked(&*panic).into(), &id)),
        }
    };
    let answered = answered.instrument(span.clone()).await;
    let (status, route) = match &answered {
        Ok(response) => (response.status(), response.request().match_pattern()),
        Err(error) => (error.as_response_error().status_code(), None),
    };
    let took = flight.end(&method, route.as_deref().unwrap_or("unmatched"), status);
    span.in_scope(|| {
        tracing::info!(status = status.as_u16(), took_ms = milliseconds(took), "answered");
    });
    answered
}

/// Returns a duration in milliseconds, to the microsecond: more digits are noise of binary fractions.
#[expect(clippy::cast_precision_loss, reason = "nothing takes 2^53 µs")]
fn milliseconds(took: std::time::Duration) -> f64 {
    took.as_micros() as f64 / 1e3
}

/// Gives the response its id, and a problem for a body where the framework left it bare.
fn mended<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
    id: &str,
) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let status = response.status();
    let error = if status.is_client_error() || status.is_server_error() {
        Some(error_of(&response))
    } else {
        None
    };
    let mut response = match error {
        Some(error) => {
            let (request, _) = response.into_parts();
            ServiceResponse::new(request, rendered(error, id).map_into_right_body())
        }
        None => response.map_into_left_body(),
    };
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
    if let Some(tag) = compressed_tag(headers) {
        headers.insert(header::ETAG, tag);
    }
    if headers.get_all(header::VARY).count() > 1 {
        // What compresses adds a header of its own to that of the handler.
        headers.insert(header::VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
    }
    response
}

/// Returns the tag of a compressed answer: other bytes than the plain one, so another strong tag.
fn compressed_tag(headers: &HeaderMap) -> Option<HeaderValue> {
    let encoding = headers.get(header::CONTENT_ENCODING)?.to_str().ok()?;
    let tag = headers.get(header::ETAG)?.to_str().ok()?.strip_suffix('"')?;
    let suffix = Some(encoding).filter(|encoding| *encoding != "identity")?;
    HeaderValue::from_str(&format!("{tag}-{suffix}\"")).ok()
}

fn error_of<B>(response: &ServiceResponse<B>) -> ApiError {
    if let Some(error) = response.response().extensions().get::<ApiError>() {
        return error.clone();
    }
    let said = response
        .response()
        .error()
        .map(ToString::to_string)
        .unwrap_or_default();
    of_status(response.status(), &said)
}

/// Makes an error whose response is finished.
fn failed(error: &Error, id: &str) -> Error {
    let response: HttpResponse = error.error_response();
    let carried = response.extensions().get::<ApiError>().cloned();
    let problem = carried.unwrap_or_else(|| of_status(response.status(), &error.to_string()));
    let mut response = rendered(problem, id);
    if let Ok(value) = HeaderValue::from_str(id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    InternalError::from_response(String::new(), response).into()
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> ApiError {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    ApiError::internal(text.unwrap_or_else(|| "a panic without a message".to_owned()))
}

/// Answers what no route takes: 405 where the path takes other methods, else 404.
pub(crate) async fn unmatched(
    request: actix_web::HttpRequest,
    routes: web::Data<crate::openapi::Routes>,
) -> Result<HttpResponse, ApiError> {
    let allowed = routes.methods_at(request.path());
    if allowed.is_empty() {
        let detail = format!(
            "there is nothing at {}; /api/docs lists what there is",
            request.path()
        );
        return Err(of_status(StatusCode::NOT_FOUND, &detail));
    }
    let allowed = allowed.join(", ");
    let detail = format!("{} can't be used here; {allowed} can", request.method());
    let mut error = of_status(StatusCode::METHOD_NOT_ALLOWED, &detail);
    if request.method() == Method::OPTIONS {
        return Ok(HttpResponse::NoContent()
            .insert_header((actix_web::http::header::ALLOW, allowed))
            .finish());
    }
    error.allowed = Some(allowed);
    Err(error)
}
