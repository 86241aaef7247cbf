//! What templates may do with values.

use minijinja::{Error, ErrorKind, State, Value};
use serde::Deserialize as _;
use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};
use warung_contracts::money::Money;

use crate::domain::{amount, language::Language};

/// An amount as the reader writes it.
pub fn money(state: &State<'_, '_>, value: Value) -> Result<String, Error> {
    let money = Money::deserialize(value)?;
    let tag = state.lookup("language").map(|tag| tag.to_string()).unwrap_or_default();
    Ok(amount::format(money, Language::of(&tag)))
}

/// A time of an event for people.
pub fn moment(text: &str) -> Result<String, Error> {
    let wrong = |what: String| Error::new(ErrorKind::InvalidOperation, what);
    let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|error| wrong(error.to_string()))?;
    let form = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    at.to_offset(time::UtcOffset::UTC).format(&form).map_err(|error| wrong(error.to_string()))
}
