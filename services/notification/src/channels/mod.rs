//! Ways out: each hands a message to a provider and says what came of it. Only these know the providers' words.

pub mod email;
pub mod push;
pub mod sms;

use std::time::Duration as StdDuration;

use time::Duration;

use crate::domain::skip::Skip;

/// Time for one call of a provider.
const CALL: StdDuration = StdDuration::from_secs(10);

/// What came of handing a message to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// It was taken; what the provider calls it, where it says so.
    Sent(Option<String>),
    Skipped(Skip),
    /// Not now: try again, at the earliest after what the provider asked for.
    Later(String, Option<Duration>),
    /// Never.
    Refused(String),
    /// Never, because the address takes no mail.
    Bounced(String),
    /// Nobody knows whether it was taken.
    Unknown(String),
}

/// An HTTP client for providers: one call, no redirects, no proxy of the environment.
pub fn client() -> reqwest::ClientBuilder {
    warung_chassis::outbound::client().timeout(CALL)
}

/// `Retry-After` in seconds (RFC 9110, section 10.2.3); a date is not understood.
pub fn retry_after(headers: &reqwest::header::HeaderMap) -> Option<Duration> {
    let value = headers.get(reqwest::header::RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(|seconds: u32| Duration::seconds(seconds.into()))
}

/// An error of the client with its causes, without the URL: it may hold a secret.
pub fn fault(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
