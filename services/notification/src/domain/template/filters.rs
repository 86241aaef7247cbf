//! What templates may do with values.

use jiff::{Timestamp, tz::TimeZone};
use minijinja::{
    Environment, Error, ErrorKind, State, Value, filters,
    tests::{is_defined, is_none, is_undefined},
    value::ValueKind,
};
use serde::Deserialize as _;
use warung_contracts::{event::ShippingAddress, money::Money};

use crate::domain::{
    address, amount,
    bill::{Bill, Sale},
    language::Language,
};

/// All that there are, by the names that templates know. None makes more of a value than it was, but for a constant.
pub const NAMES: [&str; 13] = [
    "address",
    "bill",
    "capitalize",
    "default",
    "first",
    "last",
    "length",
    "lower",
    "moment",
    "money",
    "title",
    "trim",
    "upper",
];

/// Adds them, with what may be asked of values.
pub fn add_to(environment: &mut Environment<'_>, zone: TimeZone) {
    environment.add_filter("address", address);
    environment.add_filter("bill", bill);
    environment.add_filter("capitalize", filters::capitalize);
    environment.add_filter("default", filters::default);
    environment.add_filter("first", filters::first);
    environment.add_filter("last", filters::last);
    environment.add_filter("length", filters::length);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("moment", move |text: &str| moment(text, &zone));
    environment.add_filter("money", money);
    environment.add_filter("title", filters::title);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("upper", filters::upper);
    environment.add_test("defined", is_defined);
    environment.add_test("undefined", is_undefined);
    environment.add_test("none", is_none);
}

/// Says to the filter `money` whether an amount of the event has decimals that people leave out where they are 0.
pub const DECIMALS: &str = "__decimals";

/// An amount as the reader writes it.
pub fn money(state: &State<'_, '_>, value: Value) -> Result<String, Error> {
    let beside_decimals = state.lookup(DECIMALS).is_some_and(|some| some.is_true());
    Ok(amount::format(Money::deserialize(value)?, language(state), beside_decimals))
}

/// Whether any amount inside has such decimals. What a bill adds up has none where its parts have none.
pub fn decimals(value: &Value) -> bool {
    match value.kind() {
        ValueKind::Map => {
            let is_money = value.get_attr("amount_minor").is_ok_and(|minor| !minor.is_undefined());
            if is_money && let Ok(money) = Money::deserialize(value.clone()) {
                return amount::decimals(money);
            }
            let mut keys = value.try_iter().into_iter().flatten();
            keys.any(|key| value.get_item(&key).is_ok_and(|inside| decimals(&inside)))
        }
        ValueKind::Seq | ValueKind::Iterable => {
            value.try_iter().into_iter().flatten().any(|inside| decimals(&inside))
        }
        _ => false,
    }
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

/// A time of an event for people, in the shop's time zone.
pub fn moment(text: &str, zone: &TimeZone) -> Result<String, Error> {
    let at: Timestamp = text
        .parse()
        .map_err(|error| Error::new(ErrorKind::InvalidOperation, format!("{text:?}: {error}")))?;
    Ok(at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_as_clocks_of_the_shop_show_it_then() {
        for (zone, at, told) in [
            ("UTC", "2026-11-21T09:00:00Z", "2026-11-21 09:00 UTC"),
            ("Asia/Jakarta", "2026-11-21T20:00:00Z", "2026-11-22 03:00 WIB"),
            ("Asia/Jayapura", "2026-11-21T09:00:00.5+07:00", "2026-11-21 11:00 WIT"),
            // In summer and in winter.
            ("Europe/Berlin", "2026-07-01T10:00:00Z", "2026-07-01 12:00 CEST"),
            ("Europe/Berlin", "2026-12-01T10:00:00Z", "2026-12-01 11:00 CET"),
            ("America/Sao_Paulo", "2026-12-01T10:00:00Z", "2026-12-01 07:00 -03"),
        ] {
            assert_eq!(moment(at, &TimeZone::get(zone).unwrap()).unwrap(), told, "{zone}");
        }
        assert!(moment("tomorrow", &TimeZone::UTC).is_err());
    }
}
