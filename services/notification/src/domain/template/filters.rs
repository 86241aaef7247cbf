//! What templates may do with values.

use minijinja::{Error, ErrorKind, State, Value};
use serde::Deserialize as _;
use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};
use warung_contracts::{event::ShippingAddress, money::Money};

use crate::domain::{
    address, amount,
    bill::{Bill, Sale},
    language::Language,
};

/// An amount as the reader writes it.
pub fn money(state: &State<'_, '_>, value: Value) -> Result<String, Error> {
    Ok(amount::format(Money::deserialize(value)?, language(state)))
}

/// An address in lines.
pub fn address(state: &State<'_, '_>, value: Value) -> Result<String, Error> {
    Ok(address::lines(&ShippingAddress::deserialize(value)?, language(state)))
}

/// What an order's event comes to.
pub fn bill(value: Value) -> Result<Value, Error> {
    let bill = Bill::of(Sale::deserialize(value)?);
    let bill = bill.map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))?;
    Ok(Value::from_serialize(&bill))
}

/// The reader's.
fn language(state: &State<'_, '_>) -> Language {
    let tag = state.lookup("language").map(|tag| tag.to_string()).unwrap_or_default();
    Language::of(&tag)
}

/// A time of an event for people.
pub fn moment(text: &str) -> Result<String, Error> {
    let wrong = |what: String| Error::new(ErrorKind::InvalidOperation, what);
    let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|error| wrong(error.to_string()))?;
    let form = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    at.to_offset(time::UtcOffset::UTC).format(&form).map_err(|error| wrong(error.to_string()))
}
