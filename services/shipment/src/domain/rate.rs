//! Rates: which apply to a destination, and what they come to.

use std::{cmp::Reverse, collections::BTreeMap};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use warung_contracts::{id::RateId, money::Money};

use super::goods::{Destination, Goods, folded};

/// Where a rate goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// ISO 3166-1 alpha-2, upper case.
    pub country: String,
    /// None is the whole country.
    pub province: Option<String>,
}

/// The part of a price that grows with weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByWeight {
    /// Each begun step of so many grams …
    pub step_grams: u32,
    /// … costs so many minor units.
    pub step_minor: i64,
    /// Cubic centimetres that count as a kilogram; none when bulk costs nothing.
    pub divisor: Option<u32>,
}

/// What a way of shipping is and costs, as its seller says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Code of the service; rates of one service are alternatives for different places.
    pub service: String,
    pub name: String,
    /// None is everywhere.
    pub places: Vec<Place>,
    /// For the parcel as such.
    pub base: Money,
    /// None is a flat price.
    pub by_weight: Option<ByWeight>,
    /// From this subtotal on it is free, in minor units.
    pub free_from_minor: Option<i64>,
    /// Heavier goods are not taken; by weight, not bulk.
    pub weight_max_grams: Option<u64>,
    /// Days until it arrives; 0 and 0 is unknown.
    pub days_min: u16,
    pub days_max: u16,
    pub active: bool,
}

/// A rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    pub id: RateId,
    pub terms: Terms,
    /// Grows with each edit.
    pub version: i64,
    pub created_at: OffsetDateTime,
}

/// How closely a rate fits a destination; the closest of a service counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    Everywhere,
    Country,
    Province,
}

impl Terms {
    /// How closely it fits a destination; none when it does not go there.
    pub fn fit(&self, destination: &Destination) -> Option<Fit> {
        if self.places.is_empty() {
            return Some(Fit::Everywhere);
        }
        let province = folded(&destination.province);
        let fit = |place: &Place| match &place.province {
            _ if place.country != destination.country => None,
            None => Some(Fit::Country),
            Some(name) => (folded(name) == province).then_some(Fit::Province),
        };
        self.places.iter().filter_map(fit).max()
    }

    /// What it costs to send these goods; none when they are too heavy or cost more than 64 bits hold.
    pub fn price(&self, goods: &Goods) -> Option<Money> {
        if self.weight_max_grams.is_some_and(|max| goods.weight_grams() > u128::from(max)) {
            return None;
        }
        if self.free_from_minor.is_some_and(|from| goods.subtotal.amount_minor >= from) {
            return Some(Money::zero(self.base.currency));
        }
        let by_weight = self.by_weight.map_or(Some(0), |by_weight| by_weight.price_minor(goods))?;
        self.base.plus(Money::new(by_weight, self.base.currency)).ok()
    }
}

impl ByWeight {
    /// Goods that nobody weighed still begin a step.
    fn price_minor(self, goods: &Goods) -> Option<i64> {
        let grams = goods.chargeable_grams(self.divisor).max(1);
        let steps = i64::try_from(grams.div_ceil(u128::from(self.step_grams.max(1)))).ok()?;
        steps.checked_mul(self.step_minor)
    }
}

/// What each service costs to this destination, cheapest first: of each service, the rate that fits most closely, and the
/// cheaper of two that fit alike.
pub fn offers<'r>(rates: &'r [Rate], destination: &Destination, goods: &Goods) -> Vec<(&'r Rate, Money)> {
    let mut best: BTreeMap<&str, (Reverse<Fit>, i64, RateId, &Rate)> = BTreeMap::new();
    for rate in rates.iter().filter(|rate| rate.terms.active) {
        let (Some(fit), Some(price)) = (rate.terms.fit(destination), rate.terms.price(goods)) else {
            continue;
        };
        let this = (Reverse(fit), price.amount_minor, rate.id, rate);
        let key = |(fit, minor, id, _): &(Reverse<Fit>, i64, RateId, &Rate)| (*fit, *minor, *id);
        let held = best.entry(&rate.terms.service).or_insert(this);
        if key(&this) < key(held) {
            *held = this;
        }
    }
    let mut offers: Vec<(&Rate, Money)> = best
        .into_values()
        .map(|(_, minor, _, rate)| (rate, Money::new(minor, rate.terms.base.currency)))
        .collect();
    offers.sort_by_key(|(_, price)| price.amount_minor);
    offers
}

#[cfg(test)]
mod tests;
