//! Answers that everybody gets alike: a cache keeps them for a while, then asks whether they still hold.

use std::time::Duration;

use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;

use super::{Problem, etag};

/// 200 with a tag, or 304 for a caller whose `If-None-Match` has it; either is good for `max_age`, in whole seconds.
///
/// # Errors
///
/// When the body can't be written as JSON.
pub fn answer<T: Serialize>(asked: &HeaderMap, max_age: Duration, body: &T) -> Result<Response, Problem> {
    let bytes = serde_json::to_vec(body).map_err(Problem::internal)?;
    let tag = format!("\"{:x}\"", etag::digest(&bytes));
    let is_known = etag::has(asked, &tag);
    let kept = format!("public, max-age={}", max_age.as_secs());
    let head = [(header::ETAG, tag), (header::CACHE_CONTROL, kept)];
    Ok(match is_known {
        true => (StatusCode::NOT_MODIFIED, head).into_response(),
        false => (head, [(header::CONTENT_TYPE, "application/json")], bytes).into_response(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn whoever_has_it_gets_nothing_again() {
        let first = answer(&HeaderMap::new(), HOUR, &["id", "en"]).unwrap();
        assert_eq!(
            (first.status(), &first.headers()["content-type"]),
            (StatusCode::OK, &"application/json".parse().unwrap())
        );
        assert_eq!(first.headers()["cache-control"], "public, max-age=3600");
        let tag = first.headers()["etag"].clone();
        let asked = HeaderMap::from_iter([(header::IF_NONE_MATCH, tag.clone())]);
        let again = answer(&asked, HOUR, &["id", "en"]).unwrap();
        assert_eq!((again.status(), &again.headers()["etag"]), (StatusCode::NOT_MODIFIED, &tag));
        let changed = answer(&asked, HOUR, &["id"]).unwrap();
        assert_eq!(changed.status(), StatusCode::OK);
    }
}
