//! Entity tags of products: `"<version>-<digest>"`.
//!
//! A page shows how many items are left and what they cost today, so its tag holds a digest of all it shows, and a cache
//! in between is never wrong. An edit does not touch stock, so `If-Match` compares the version alone: a product that sells
//! well stays editable.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use warung_chassis::http::Problem;

/// The tag of a page of this version, quotes included.
pub fn of(version: i64, body: &[u8]) -> String {
    format!("\"{version}-{:x}\"", digest(body))
}

/// FNV-1a, 64 bits: the same on every replica and machine. It tells pages of one version apart, not friend from foe.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
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

/// Whether `If-None-Match` (RFC 9110, section 13.1.2; weak comparison) names this tag.
pub fn is_known(if_none_match: &str, tag: &str) -> bool {
    if_none_match
        .split(',')
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == tag || known == "*")
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

    #[test]
    fn a_known_tag_is_found_in_a_list() {
        assert!(is_known("\"1-1\", W/\"7-42\"", "\"7-42\""));
        assert!(!is_known("\"7-41\"", "\"7-42\""));
        assert_ne!(of(7, b"1"), of(7, b"2"));
    }
}
