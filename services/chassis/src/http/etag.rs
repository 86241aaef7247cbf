//! Entity tags (RFC 9110, section 8.8.3): of what is edited, the row's version in quotes; of what is only read, a digest.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};

use super::Problem;

/// The header that carries a version.
pub fn header(version: i64) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(&format!("\"{version}\"")) {
        headers.insert(header::ETAG, value);
    }
    headers
}

/// FNV-1a, 64 bits: the same on every replica and machine. It tells versions of one page apart, not friend from foe.
pub fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Whether who asks has the version of this tag: `If-None-Match` (RFC 9110, section 13.1.2; weak comparison) names it.
pub fn has(asked: &HeaderMap, tag: &str) -> bool {
    let known = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    known.is_some_and(|known| is_known(known, tag))
}

fn is_known(if_none_match: &str, tag: &str) -> bool {
    if_none_match
        .split(',')
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == tag || known == "*")
}

/// The version the caller believes to be current, when `If-Match` was sent.
#[derive(Debug, Clone, Copy)]
pub struct IfMatch(pub Option<i64>);

impl IfMatch {
    /// # Errors
    ///
    /// When the caller's version is not the current one.
    pub fn check(self, current: i64) -> Result<(), Problem> {
        match self.0 {
            Some(version) if version != current => Err(Problem::stale()),
            _ => Ok(()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(Self(None)) };
        let text = value.to_str().unwrap_or("").trim();
        if text == "*" {
            return Ok(Self(None));
        }
        // -1 is nobody's version: a tag that is not ours matches nothing.
        Ok(Self(Some(text.trim_matches('"').parse().unwrap_or(-1))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_tag_is_found_in_a_list() {
        assert!(is_known("\"1-1\", W/\"7-42\"", "\"7-42\""));
        assert!(is_known("*", "\"7-42\""));
        assert!(!is_known("\"7-41\"", "\"7-42\""));
        assert_ne!(digest(b"1"), digest(b"2"));
    }
}
