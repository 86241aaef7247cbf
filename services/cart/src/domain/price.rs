//! Lines × offers → what the cart comes to.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use warung_contracts::{
    currency::Currency,
    id::{ProductId, VariantId},
    money::Money,
};

use super::line::{Label, Line, Seen};

/// What product says of a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub product_id: ProductId,
    pub sku: String,
    pub name: String,
    /// Such as "Red / L"; none for a product of one kind.
    pub variant_name: Option<String>,
    /// Of the product, for links.
    pub slug: Option<String>,
    /// Where a picture of the product is.
    pub image: Option<String>,
    /// The variant's values by option.
    pub option_values: BTreeMap<String, String>,
    pub unit_price: Money,
    /// Items that can be bought.
    pub available: u32,
    /// Items of one order at most; none without a limit.
    pub max_quantity: Option<u32>,
    /// Those of its names.
    pub languages: Vec<String>,
}

impl Offer {
    /// What a cart keeps of it, in a shop of this currency.
    pub fn seen(&self, currency: Currency) -> Seen {
        let price = Some(self.unit_price).filter(|price| price.currency == currency);
        Seen { price: price.map(|price| price.amount_minor), label: Some(self.label()) }
    }

    /// What it is called.
    pub fn label(&self) -> Label {
        Label { name: self.name.clone(), variant_name: self.variant_name.clone() }
    }

    /// Items that one order may have of it.
    fn limit(&self) -> u32 {
        self.max_quantity.unwrap_or(u32::MAX)
    }

    /// Items that one order can have of it now.
    pub fn most(&self) -> u32 {
        self.limit().min(self.available)
    }

    /// How a line of so many stands: by what there is too little of.
    fn stands(&self, quantity: u32) -> State {
        match quantity > self.most() {
            false => State::Ok,
            true if self.available <= self.limit() => State::Short,
            true => State::OverLimit,
        }
    }
}

/// Everything that product said; none when it could not be asked.
pub type Offers = Option<BTreeMap<VariantId, Offer>>;

/// Whether a line can be bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It can.
    Ok,
    /// There are fewer than wanted; `changes` says how many.
    Short,
    /// One order may have fewer than wanted; `changes` says how many.
    OverLimit,
    /// It is no longer for sale.
    Gone,
    /// Prices can't be had at the moment; the line is kept.
    PriceUnavailable,
}

/// A line with its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedLine {
    pub line: Line,
    pub offer: Option<Offer>,
    pub total: Option<Money>,
    pub state: State,
}

/// A cart with its prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedCart {
    pub lines: Vec<PricedLine>,
    /// The sum of what is for sale, when all of it has a price: half a sum would be mistaken for a whole one.
    pub total: Option<Money>,
    /// What the sum leaves out: it is gone.
    pub excluded: Vec<VariantId>,
    /// Whether a check-out of it would go through now, as far as can be seen.
    pub ready: bool,
}

/// Prices a cart.
pub fn price(lines: &[Line], offers: &Offers, currency: Currency) -> PricedCart {
    let lines: Vec<PricedLine> =
        lines.iter().map(|line| price_line(line.clone(), offers.as_ref(), currency)).collect();
    let (gone, sold): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.state == State::Gone);
    let totals: Option<Vec<Money>> = sold.iter().map(|line| line.total).collect();
    let excluded = gone.iter().map(|line| line.line.variant_id).collect();
    let total = totals.and_then(|totals| Money::sum(currency, totals).ok());
    let ready = !lines.is_empty() && total.is_some() && lines.iter().all(|line| line.state == State::Ok);
    PricedCart { lines, total, excluded, ready }
}

fn price_line(line: Line, offers: Option<&BTreeMap<VariantId, Offer>>, currency: Currency) -> PricedLine {
    let nothing = |line, state| PricedLine { line, offer: None, total: None, state };
    let Some(offers) = offers else { return nothing(line, State::PriceUnavailable) };
    let Some(offer) = offers.get(&line.variant_id) else { return nothing(line, State::Gone) };
    let total = offer.unit_price.times(line.quantity).ok();
    let Some(total) = total.filter(|total| total.currency == currency) else {
        return nothing(line, State::PriceUnavailable);
    };
    let state = offer.stands(line.quantity);
    PricedLine { line, offer: Some(offer.clone()), total: Some(total), state }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::domain::change::{Kind, changes};

    fn idr() -> Currency {
        "IDR".parse().unwrap()
    }

    fn line(n: u128, quantity: u32) -> Line {
        let product_id = ProductId(Uuid::from_u128(n));
        let (variant_id, seen) = (product_id.default_variant(), Seen { price: Some(10), label: None });
        Line { product_id, variant_id, quantity, seen, added_at: 0 }
    }

    fn offer(price: i64, available: u32) -> Offer {
        Offer {
            product_id: ProductId(Uuid::nil()),
            sku: "S".into(),
            name: "N".into(),
            variant_name: None,
            slug: None,
            image: None,
            option_values: BTreeMap::new(),
            unit_price: Money::new(price, idr()),
            available,
            max_quantity: None,
            languages: vec![],
        }
    }

    #[test]
    fn the_total_leaves_out_what_is_gone_and_needs_every_price() {
        let lines = [line(1, 2), line(2, 1)];
        let offers = Some([(lines[0].variant_id, offer(10, 1))].into());
        let cart = price(&lines, &offers, idr());
        assert_eq!((cart.lines[0].state, cart.lines[1].state), (State::Short, State::Gone));
        assert_eq!((cart.total, cart.ready), (Some(Money::new(20, idr())), false));
        assert_eq!(cart.excluded, [lines[1].variant_id]);
        let cart = price(&lines, &None, idr());
        assert_eq!((cart.total, cart.excluded), (None, Vec::new()));
        assert!(cart.lines.iter().all(|line| line.state == State::PriceUnavailable));
        assert!(changes(&cart.lines).is_empty());
    }

    #[test]
    fn a_price_in_another_currency_is_none() {
        let lines = [line(1, 1)];
        let usd = Offer { unit_price: Money::new(1, "USD".parse().unwrap()), ..offer(1, 9) };
        let cart = price(&lines, &Some([(lines[0].variant_id, usd)].into()), idr());
        assert_eq!((cart.lines[0].state, cart.total), (State::PriceUnavailable, None));
    }

    #[test]
    fn an_empty_cart_comes_to_nothing_and_can_not_be_bought() {
        let cart = price(&[], &Some(BTreeMap::new()), idr());
        assert_eq!((cart.total, cart.ready), (Some(Money::zero(idr())), false));
    }

    #[test]
    fn what_changed_is_told_with_figures() {
        let lines = [line(1, 5), line(2, 5), line(3, 5), line(4, 5), line(5, 5)];
        let limited = Offer { max_quantity: Some(4), ..offer(10, 9) };
        let offers = [offer(10, 9), offer(12, 0), offer(10, 3), limited];
        let offers = lines.iter().zip(offers).map(|(line, offer)| (line.variant_id, offer)).collect();
        let all = changes(&price(&lines, &Some(offers), idr()).lines);
        let told: Vec<_> =
            all.iter().map(|change| (change.product_id, change.kind, change.quantity, change.most)).collect();
        let id = |n: u128| ProductId(Uuid::from_u128(n));
        let prices = (Some(Money::new(10, idr())), Some(Money::new(12, idr())));
        assert_eq!((all[0].before, all[0].now), prices);
        assert_eq!(
            told,
            [
                (id(2), Kind::PriceChanged, None, None),
                (id(2), Kind::OutOfStock, Some(5), Some(0)),
                (id(3), Kind::TooFewLeft, Some(5), Some(3)),
                (id(4), Kind::OverLimit, Some(5), Some(4)),
                (id(5), Kind::Gone, Some(5), None),
            ]
        );
    }

    proptest! {
        #[test]
        fn the_total_is_the_sum_of_the_lines(rows in prop::collection::vec((1_u32..=999, 1_i64..=10_000_000_000_000), 1..50)) {
            let lines: Vec<Line> = (0_u128..).zip(&rows).map(|(n, (quantity, _))| line(n, *quantity)).collect();
            let offers = lines.iter().zip(&rows).map(|(line, (_, price))| (line.variant_id, offer(*price, 999))).collect();
            let cart = price(&lines, &Some(offers), idr());
            let sum: i128 = rows.iter().map(|(quantity, price)| i128::from(*quantity) * i128::from(*price)).sum();
            prop_assert_eq!(cart.total.map(|total| i128::from(total.amount_minor)), Some(sum));
            prop_assert!(cart.ready);
        }
    }
}
