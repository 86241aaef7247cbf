//! `Idempotency-Key`, as documented: at most 46 characters (a longer one is ignored), kept five minutes, one space for
//! all endpoints, successes only, the body not compared.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use time::{Duration, OffsetDateTime};

use super::answer::Answer;

const LENGTH_MAX: usize = 46;
const KEPT_FOR: Duration = Duration::minutes(5);

/// Answers by key.
#[derive(Debug, Default)]
pub struct Kept(BTreeMap<String, (OffsetDateTime, Answer)>);

/// The key of a request that counts.
pub fn key(headers: &HeaderMap) -> Option<String> {
    let key = headers.get("idempotency-key")?.to_str().ok()?;
    (!key.is_empty() && key.len() <= LENGTH_MAX).then(|| key.to_owned())
}

impl Kept {
    /// The answer that was given to this key.
    pub fn find(&mut self, key: Option<&str>, now: OffsetDateTime) -> Option<Answer> {
        self.0.retain(|_, (until, _)| *until > now);
        Some(self.0.get(key?)?.1.clone())
    }

    /// Keeps a success.
    pub fn keep(&mut self, key: Option<String>, now: OffsetDateTime, answer: &Answer) {
        let success = answer.body["status_code"].as_str().is_some_and(|code| code.starts_with('2'));
        if let Some(key) = key.filter(|_| success) {
            self.0.insert(key, (now + KEPT_FOR, answer.clone()));
        }
    }
}
