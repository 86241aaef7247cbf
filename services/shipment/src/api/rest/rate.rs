//! A rate as JSON ⇄ its terms.

use garde::Validate;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_chassis::http::{
    Problem,
    rules::{is_country, is_said},
};
use warung_contracts::{currency::Currency, id::RateId, money::Money};

use crate::domain::rate::{self, ByWeight, Rate, Terms};

/// Minor units of a price at most.
const PRICE_MAX_MINOR: i64 = 1_000_000_000_000;

/// Where a rate goes.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RatePlace {
    /// ISO 3166-1 alpha-2, such as `ID`.
    #[garde(custom(is_country))]
    #[schema(pattern = "^[A-Z]{2}$")]
    country: String,
    /// As addresses write it, whatever the case; the whole country when left out.
    #[garde(inner(length(chars, min = 1, max = 100), custom(is_said)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    province: Option<String>,
}

/// The part of a price that grows with weight.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateByWeight {
    /// Each begun step of so many grams …
    #[garde(range(min = 1, max = 1_000_000))]
    #[schema(minimum = 1, maximum = 1_000_000)]
    step_grams: u32,
    /// … costs so much.
    #[garde(custom(is_price))]
    step_price: Money,
    /// Cubic centimetres that count as a kilogram, such as 6000: goods are charged for their bulk where that is more than
    /// their weight. Bulk costs nothing when left out.
    #[garde(inner(range(min = 1, max = 100_000)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100_000)]
    divisor: Option<u32>,
}

/// What a way of shipping is and costs.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateTerms {
    /// Code of the service, such as `regular`. Of several rates of a service the one whose place is closest counts
    /// (province, country, everywhere), and the cheaper of two that are alike.
    #[garde(length(min = 1, max = 40), custom(is_code))]
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z0-9_-]+$")]
    service: String,
    /// What customers read.
    #[garde(length(chars, min = 1, max = 100), custom(is_said))]
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Where it goes; everywhere when empty.
    #[garde(length(max = 500), dive)]
    #[serde(default)]
    #[schema(max_items = 500)]
    places: Vec<RatePlace>,
    /// For the parcel as such; 0 or more.
    #[garde(custom(is_price))]
    base_price: Money,
    /// A flat price when left out.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by_weight: Option<RateByWeight>,
    /// From this subtotal on it is free.
    #[garde(inner(custom(is_price)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    free_from: Option<Money>,
    /// Heavier goods are not taken.
    #[garde(inner(range(min = 1, max = 1_000_000_000)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    weight_max_grams: Option<u64>,
    /// Days until it arrives, at least and at most; 0 and 0 is unknown.
    #[garde(range(max = 365))]
    #[serde(default)]
    #[schema(maximum = 365)]
    days_min: u16,
    #[garde(range(max = 365), custom(not_below(self.days_min)))]
    #[serde(default)]
    #[schema(maximum = 365)]
    days_max: u16,
    /// Whether it is offered; true when left out.
    #[garde(skip)]
    #[serde(default = "yes")]
    active: bool,
}

/// A rate.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RateBody {
    id: RateId,
    #[serde(flatten)]
    terms: RateTerms,
    /// Grows with each edit; also the ETag.
    version: i64,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

fn yes() -> bool {
    true
}

fn is_code(code: &str, (): &()) -> garde::Result {
    let right = code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b));
    right
        .then_some(())
        .ok_or_else(|| garde::Error::new("write lower-case letters, digits, '_' and '-' alone"))
}

fn is_price(price: &Money, (): &()) -> garde::Result {
    let right = (0..=PRICE_MAX_MINOR).contains(&price.amount_minor);
    right.then_some(()).ok_or_else(|| {
        garde::Error::new(format!("amount_minor is 0 to {PRICE_MAX_MINOR}, in minor units of the currency"))
    })
}

fn not_below(least: u16) -> impl FnOnce(&u16, &()) -> garde::Result {
    move |most, ()| (*most >= least).then_some(()).ok_or_else(|| garde::Error::new("is less than days_min"))
}

impl RateTerms {
    /// As terms, in the shop's currency.
    ///
    /// # Errors
    ///
    /// Names each amount of another currency.
    pub fn into_terms(self, currency: Currency) -> Result<Terms, Problem> {
        self.check_currency(currency)?;
        let by_weight = |by: RateByWeight| ByWeight {
            step_grams: by.step_grams,
            step_minor: by.step_price.amount_minor,
            divisor: by.divisor,
        };
        let place = |place: RatePlace| rate::Place { country: place.country, province: place.province };
        Ok(Terms {
            service: self.service,
            name: self.name,
            places: self.places.into_iter().map(place).collect(),
            base: self.base_price,
            by_weight: self.by_weight.map(by_weight),
            free_from_minor: self.free_from.map(|from| from.amount_minor),
            weight_max_grams: self.weight_max_grams,
            days_min: self.days_min,
            days_max: self.days_max,
            active: self.active,
        })
    }

    fn check_currency(&self, currency: Currency) -> Result<(), Problem> {
        let amounts = [
            ("base_price.currency", Some(self.base_price)),
            ("by_weight.step_price.currency", self.by_weight.as_ref().map(|by| by.step_price)),
            ("free_from.currency", self.free_from),
        ];
        let wrong = |amount: Option<Money>| amount.is_some_and(|amount| amount.currency != currency);
        match amounts.into_iter().find(|(_, amount)| wrong(*amount)) {
            Some((field, _)) => Err(Problem::field(field, format!("this shop sells in {currency} alone"))),
            None => Ok(()),
        }
    }
}

impl From<Terms> for RateTerms {
    fn from(terms: Terms) -> Self {
        let currency = terms.base.currency;
        let by_weight = |by: ByWeight| RateByWeight {
            step_grams: by.step_grams,
            step_price: Money::new(by.step_minor, currency),
            divisor: by.divisor,
        };
        let place = |place: rate::Place| RatePlace { country: place.country, province: place.province };
        Self {
            service: terms.service,
            name: terms.name,
            places: terms.places.into_iter().map(place).collect(),
            base_price: terms.base,
            by_weight: terms.by_weight.map(by_weight),
            free_from: terms.free_from_minor.map(|minor| Money::new(minor, currency)),
            weight_max_grams: terms.weight_max_grams,
            days_min: terms.days_min,
            days_max: terms.days_max,
            active: terms.active,
        }
    }
}

impl From<Rate> for RateBody {
    fn from(rate: Rate) -> Self {
        let Rate { id, terms, version, created_at } = rate;
        Self { id, terms: terms.into(), version, created_at }
    }
}
