//! Bodies that are read whole.

use actix_web::{
    dev::Decompress,
    http::header::{CONTENT_LENGTH, HeaderMap},
    web,
};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;

use crate::problem::{ApiError, Kind};

/// Reads a body of at most `most` bytes, which are counted after decompression.
pub(crate) async fn whole(headers: &HeaderMap, body: web::Payload, most: u64) -> Result<Bytes, ApiError> {
    let too_large = || {
        let detail = format!("the body has more than {most} bytes; send it in parts");
        ApiError::new(Kind::TooLarge, detail)
    };
    let declared = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|declared| declared > most) {
        return Err(too_large());
    }
    let mut bytes = BytesMut::new();
    let mut body = Decompress::from_headers(body, headers);
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| {
            ApiError::new(
                Kind::BadRequest,
                format!("the body broke off or can't be decompressed: {error}"),
            )
        })?;
        if (bytes.len() + chunk.len()) as u64 > most {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}
