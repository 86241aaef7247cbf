//! Entity tags of what is edited: `"<version>-<digest>"`.
//!
//! A page shows how many items are left and what they cost today, so its tag holds a digest of all it shows, and a cache
//! in between is never wrong. An edit does not touch stock, so `If-Match` compares the version alone: a product that sells
//! well stays editable.

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, header, request::Parts},
};
use warung_chassis::http::{Problem, etag::digest};

/// The tag of a page of this version, quotes included.
pub fn of(version: i64, body: &[u8]) -> String {
    format!("\"{version}-{:x}\"", digest(body))
}

/// An answer with its tag.
pub type Tagged<T> = ([(HeaderName, String); 1], T);

/// The header of something of this version that shows nothing but what is edited.
pub fn header(version: i64) -> [(HeaderName, String); 1] {
    [(header::ETAG, of(version, b""))]
}

/// The version in `If-Match`; none when any will do.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedVersion(pub Option<i64>);

impl<S: Send + Sync> FromRequestParts<S> for ExpectedVersion {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(Self(None)) };
        Ok(Self(version(value.to_str().unwrap_or(""))))
    }
}

fn version(tag: &str) -> Option<i64> {
    let tag = tag.trim();
    if tag == "*" {
        return None;
    }
    let inner = tag.trim_matches('"');
    let version = inner.split_once('-').map_or(inner, |(version, _)| version);
    // 0 is nobody's version: a tag that is not ours matches nothing.
    Some(version.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stock_does_not_count_for_an_edit() {
        assert_eq!(version("\"7-42\""), Some(7));
        assert_eq!(version("\"7\""), Some(7));
        assert_eq!(version("*"), None);
        assert_eq!(version("\"other\""), Some(0));
        assert_eq!(version(&of(7, b"{}")), Some(7));
    }
}
