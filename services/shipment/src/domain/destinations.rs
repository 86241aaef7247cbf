//! Where the shop sends goods at all, read off its rates.

use std::collections::{BTreeMap, BTreeSet};

use super::rate::Rate;

/// Where some rate goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destinations {
    /// To any address.
    Everywhere,
    /// To these countries (ISO 3166-1 alpha-2): to the provinces that are named, or to all of a country that has none.
    Countries(BTreeMap<String, BTreeSet<String>>),
}

/// Where these rates go; everywhere without an active one, because shipping is free then.
pub fn of(rates: &[Rate]) -> Destinations {
    let active: Vec<&Rate> = rates.iter().filter(|rate| rate.terms.active).collect();
    if active.is_empty() || active.iter().any(|rate| rate.terms.places.is_empty()) {
        return Destinations::Everywhere;
    }
    let mut countries: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let places = || active.iter().flat_map(|rate| &rate.terms.places);
    for place in places() {
        countries.entry(place.country.clone()).or_default().extend(place.province.clone());
    }
    // One rate for all of a country outweighs those for some of it.
    for place in places().filter(|place| place.province.is_none()) {
        countries.insert(place.country.clone(), BTreeSet::new());
    }
    Destinations::Countries(countries)
}
