//! Where the next page begins: opaque to clients, JSON in base64 to us.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

use crate::problem::ApiError;

/// Writes a position.
pub(crate) fn written(position: &impl Serialize) -> Result<String, ApiError> {
    let json = serde_json::to_vec(position).map_err(ApiError::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// Reads a position that [`written`] wrote.
pub(crate) fn read<P: DeserializeOwned>(cursor: &str) -> Result<P, ApiError> {
    let json = URL_SAFE_NO_PAD.decode(cursor).ok();
    let position = json.and_then(|json| serde_json::from_slice(&json).ok());
    position
        .ok_or_else(|| ApiError::parameter("cursor", "it is not one that a page of this list has ended with"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_anything_else_is_refused() {
        let cursor = written(&(7, "BINANCE:BTC/USDT/1m")).unwrap();
        assert!(
            cursor
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        );
        assert_eq!(read::<(i64, String)>(&cursor).unwrap().0, 7);
        for wrong in ["", "x", "!!!", &cursor[1..]] {
            assert!(read::<(i64, String)>(wrong).is_err(), "{wrong}");
        }
    }
}
