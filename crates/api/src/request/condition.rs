//! Conditions: what a client has already, and what it expects to find.

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap, HeaderName},
};
use domain::market::Version;
use xxhash_rust::xxh3::Xxh3;

use crate::problem::{ApiError, Kind};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The most bytes of an idempotency key.
const KEY_BYTES: usize = 200;

/// A strong entity tag: the same tag, the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct EntityTag(String);

impl EntityTag {
    /// Makes the tag of everything that an answer depends on; the version of the server is added.
    pub(crate) fn of(parts: &[&str]) -> Self {
        let mut hasher = Xxh3::new();
        for part in parts.iter().chain(&[env!("CARGO_PKG_VERSION")]) {
            // Lengths keep neighbouring parts apart.
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        Self(format!("{:032x}", hasher.digest128()))
    }

    /// Makes the tag of a version, as `If-Match` takes it.
    pub(crate) fn of_version(version: Version) -> Self {
        Self(format!("v{version}"))
    }

    /// Tells whether the client has this answer already. What `Compress` made of it bears a suffix.
    pub(crate) fn is_known(&self, headers: &HeaderMap) -> bool {
        let tags = headers
            .get_all(header::IF_NONE_MATCH)
            .filter_map(|value| value.to_str().ok());
        tags.flat_map(|tags| tags.split(',')).map(str::trim).any(|tag| {
            let tag = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
            tag == "*" || tag.split_once('-').map_or(tag, |(plain, _)| plain) == self.0
        })
    }
}

impl std::fmt::Display for EntityTag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

/// Reads the version that a write expects: `If-Match: "v3"`, or `If-None-Match: *` for what is not there yet.
pub(crate) fn expected_version(request: &HttpRequest) -> Result<Option<Version>, ApiError> {
    let text = |name| {
        request
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap_or_default().trim())
    };
    match (text(header::IF_MATCH), text(header::IF_NONE_MATCH)) {
        (None, None) => Ok(None),
        (None, Some("*")) => Ok(Some(Version::EMPTY)),
        (Some(tag), None) => {
            let number = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
            let number = number.strip_prefix('v').unwrap_or(number);
            // What `Compress` made of the tag bears a suffix.
            let number = number.split_once('-').map_or(number, |(plain, _)| plain).parse();
            number.map(|number| Some(Version(number))).map_err(|_| {
                let message =
                    "If-Match holds a version, as the ETag of what is written has it, such as \"v3\"";
                ApiError::new(Kind::BadRequest, message)
            })
        }
        _ => Err(ApiError::new(
            Kind::BadRequest,
            "a write takes If-Match: \"v3\" or If-None-Match: *, not both and nothing else",
        )),
    }
}

/// Reads the key under which a write may be repeated.
pub(crate) fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, ApiError> {
    let Some(value) = request.headers().get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(key) if (1..=KEY_BYTES).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(ApiError::new(
            Kind::BadRequest,
            format!("an Idempotency-Key has 1 to {KEY_BYTES} printable ASCII characters"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_tag_is_known_whatever_form_it_comes_back_in() {
        let tag = EntityTag::of(&["a", "bc"]);
        assert_ne!(tag, EntityTag::of(&["ab", "c"]));
        let known = |value: String| {
            let request = TestRequest::default()
                .insert_header((header::IF_NONE_MATCH, value))
                .to_http_request();
            tag.is_known(request.headers())
        };
        let plain = tag.to_string();
        assert!(known(plain.clone()) && known(format!("W/{plain}")) && known(format!("\"x\", {plain}")));
        let (quoted, _) = plain.split_at(plain.len() - 1);
        assert!(known(format!("{quoted}-gzip\"")));
        assert!(!known("\"x\"".to_owned()));
    }

    #[test]
    fn a_write_expects_a_version_or_nothing_at_all() {
        let expected = |headers: &[(&str, &str)]| {
            let request = headers.iter().fold(TestRequest::default(), |request, header| {
                request.insert_header(*header)
            });
            expected_version(&request.to_http_request()).ok()
        };
        assert_eq!(expected(&[]), Some(None));
        assert_eq!(expected(&[("if-match", "\"v3\"")]), Some(Some(Version(3))));
        assert_eq!(expected(&[("if-match", "3")]), Some(Some(Version(3))));
        assert_eq!(expected(&[("if-match", "\"v3-gzip\"")]), Some(Some(Version(3))));
        assert_eq!(expected(&[("if-none-match", "*")]), Some(Some(Version::EMPTY)));
        assert_eq!(expected(&[("if-match", "latest")]), None);
        assert_eq!(expected(&[("if-none-match", "\"x\"")]), None);
    }
}
