//! Bodies that are read whole.

use std::time::Duration;

use actix_web::{
    http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap},
    web,
};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use interchange::{Coding, inflate};

use crate::problem::{ApiError, Kind};

/// How long a body may stand still.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits for the next part of a body, as long as it may stand still.
pub(crate) async fn in_time<T>(part: impl Future<Output = T>) -> Result<T, ApiError> {
    let waited = tokio::time::timeout(PATIENCE, part).await;
    waited.map_err(|_| ApiError::new(Kind::Timeout, "the body stood still for too long; send it again"))
}

/// Returns how many bytes a body says that it has.
pub(crate) fn declared(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Returns the media type that a body says it has, in small letters and without parameters; empty when it says nothing.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let header = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let name = header.unwrap_or_default().split(';').next().unwrap_or_default();
    name.trim().to_ascii_lowercase()
}

/// Returns how a body says that it is compressed.
pub(crate) fn coding(headers: &HeaderMap) -> Result<Option<Coding>, ApiError> {
    let Some(value) = headers.get(CONTENT_ENCODING) else {
        return Ok(None);
    };
    match value
        .to_str()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
        .as_str()
    {
        "identity" | "" => Ok(None),
        "gzip" | "x-gzip" => Ok(Some(Coding::Gzip)),
        "zstd" => Ok(Some(Coding::Zstd)),
        other => {
            let detail = format!("a body compressed by `{other}` is not taken; use gzip, zstd or none");
            Err(ApiError::new(Kind::MediaType, detail))
        }
    }
}

/// Reads a body of at most `most` bytes, before decompression and after; `advice` is for those who send more.
pub(crate) async fn whole(
    headers: &HeaderMap,
    mut body: web::Payload,
    most: u64,
    advice: &str,
) -> Result<Bytes, ApiError> {
    let too_large = || {
        let detail = format!("the body has more than {most} bytes; {advice}");
        ApiError::new(Kind::TooLarge, detail)
    };
    let coding = coding(headers)?;
    if declared(headers).is_some_and(|declared| declared > most) {
        return Err(too_large());
    }
    let mut bytes = BytesMut::new();
    while let Some(chunk) = in_time(body.next()).await? {
        let chunk =
            chunk.map_err(|error| ApiError::new(Kind::BadRequest, format!("the body broke off: {error}")))?;
        if (bytes.len() + chunk.len()) as u64 > most {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    let Some(coding) = coding else {
        return Ok(bytes.freeze());
    };
    let inflated = tokio::task::spawn_blocking(move || inflate(coding, &bytes, most)).await;
    let inflated = inflated.map_err(ApiError::internal)?.map_err(|error| {
        ApiError::new(
            Kind::BadRequest,
            format!("the body can't be decompressed: {error}"),
        )
    })?;
    if inflated.len() as u64 > most {
        return Err(too_large());
    }
    Ok(inflated.into())
}
