//! Fields of patches (RFC 7396): left out, null, or a value.

use serde::{Deserialize, Deserializer};

/// Tells null from a field that was left out.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    value: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// The same for times as RFC 3339 writes them.
pub fn given_time<'de, D: Deserializer<'de>>(
    value: D,
) -> Result<Option<Option<time::OffsetDateTime>>, D::Error> {
    time::serde::rfc3339::option::deserialize(value).map(Some)
}
