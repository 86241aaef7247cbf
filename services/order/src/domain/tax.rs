//! Tax classes and their rates by country and region: the most specific rate wins.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

/// The class of goods that name none.
pub const STANDARD: &str = "standard";
/// The class of shipping.
pub const SHIPPING: &str = "shipping";

/// Where goods go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// ISO 3166-1 alpha-2; none while nobody said.
    pub country: Option<String>,
    /// State or province, as people write it.
    pub region: Option<String>,
}

/// The rate of a class somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaxRate {
    pub class: String,
    /// Everywhere when none.
    pub country: Option<String>,
    /// In the whole country when none.
    pub region: Option<String>,
    /// Parts per million, at most one whole.
    pub rate_ppm: u32,
}

/// Every rate of a shop.
#[derive(Debug, Clone, Default)]
pub struct TaxTable {
    /// By class, country and region.
    rates: HashMap<(String, String, String), u32>,
    /// Those with a rate somewhere.
    classes: HashSet<String>,
}

/// Whether a class is there from the start: a shop that owes no tax needs no rates.
pub fn is_given(class: &str) -> bool {
    [STANDARD, SHIPPING].contains(&class)
}

/// Names of regions are compared without regard to case and outer blanks.
pub fn region_key(region: &str) -> String {
    region.trim().to_lowercase()
}

impl TaxTable {
    /// A table of these.
    pub fn new(rates: impl IntoIterator<Item = TaxRate>) -> Self {
        let row = |rate: TaxRate| {
            let region = rate.region.as_deref().map(region_key).unwrap_or_default();
            ((rate.class, rate.country.unwrap_or_default(), region), rate.rate_ppm)
        };
        let rates: HashMap<_, _> = rates.into_iter().map(row).collect();
        let classes = rates.keys().map(|(class, ..)| class.clone()).collect();
        Self { rates, classes }
    }

    /// Whether somebody defined the class, by a rate anywhere, be it 0. Any other name is a slip of the pen, and would sell
    /// goods untaxed.
    pub fn knows(&self, class: &str) -> bool {
        is_given(class) || self.classes.contains(class)
    }

    /// The rate of a class in a place: that of the region, else of the country, else of everywhere, else 0.
    pub fn rate(&self, class: &str, place: &Place) -> u32 {
        let country = place.country.as_deref().unwrap_or_default();
        let region = place.region.as_deref().map(region_key).unwrap_or_default();
        let at = |country: &str, region: &str| {
            self.rates.get(&(class.to_owned(), country.to_owned(), region.to_owned())).copied()
        };
        at(country, &region).or_else(|| at(country, "")).or_else(|| at("", "")).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(class: &str, country: Option<&str>, region: Option<&str>, rate_ppm: u32) -> TaxRate {
        let text = |text: Option<&str>| text.map(str::to_owned);
        TaxRate { class: class.into(), country: text(country), region: text(region), rate_ppm }
    }

    #[test]
    fn the_most_specific_rate_wins() {
        let table = TaxTable::new([
            rate(STANDARD, None, None, 1),
            rate(STANDARD, Some("ID"), None, 2),
            rate(STANDARD, Some("ID"), Some("Jawa Barat"), 3),
            rate("books", Some("ID"), None, 4),
        ]);
        let at = |class, country: &str, region: Option<&str>| {
            let region = region.map(str::to_owned);
            table.rate(class, &Place { country: Some(country.into()), region })
        };
        assert_eq!(at(STANDARD, "ID", Some(" jawa barat ")), 3);
        assert_eq!(at(STANDARD, "ID", Some("Bali")), 2);
        assert_eq!(at(STANDARD, "ID", None), 2);
        assert_eq!(at(STANDARD, "SG", Some("Jawa Barat")), 1);
        assert_eq!((at("books", "ID", None), at("books", "SG", None)), (4, 0));
        assert_eq!(table.rate(STANDARD, &Place::default()), 1);
    }

    #[test]
    fn a_class_is_known_by_any_rate_and_the_first_two_without() {
        let table = TaxTable::new([rate("books", Some("ID"), None, 0)]);
        let known = ["books", STANDARD, SHIPPING, "boks"].map(|class| table.knows(class));
        assert_eq!(known, [true, true, true, false]);
    }
}
