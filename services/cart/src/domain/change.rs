//! What changed since something was put into a cart.

use serde::Serialize;
use utoipa::ToSchema;
use warung_contracts::{
    id::{ProductId, VariantId},
    money::Money,
};

use super::price::{PricedLine, State};

/// What kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One costs another price; `before` and `now` are prices.
    PriceChanged,
    /// Nothing of it is left; `before` is the quantity in the cart, `now` is 0.
    OutOfStock,
    /// It is not for sale any more.
    Gone,
    /// Fewer are left than the cart has; `before` is the quantity in the cart, `now` how many can be bought.
    QuantityReduced,
    /// One order may have fewer than the cart has; `before` is the quantity in the cart, `now` how many it may have.
    OverLimit,
}

/// A price or a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Figure {
    Price(Money),
    Quantity(u32),
}

/// A change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Change {
    pub product_id: ProductId,
    pub variant_id: VariantId,
    pub kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Figure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<Figure>,
}

/// What changed of these lines. The cart itself is left as it is: its owner decides.
pub fn changes(lines: &[PricedLine]) -> Vec<Change> {
    lines.iter().flat_map(|line| [price(line), stock(line)]).flatten().collect()
}

fn change(line: &PricedLine, kind: Kind, before: Option<Figure>, now: Option<Figure>) -> Change {
    Change { product_id: line.line.product_id, variant_id: line.line.variant_id, kind, before, now }
}

fn price(line: &PricedLine) -> Option<Change> {
    let (before, now) = (line.line.seen.price?, line.offer.as_ref()?.unit_price);
    let before = Money::new(before, now.currency);
    (before != now)
        .then(|| change(line, Kind::PriceChanged, Some(Figure::Price(before)), Some(Figure::Price(now))))
}

fn stock(line: &PricedLine) -> Option<Change> {
    let before = Some(Figure::Quantity(line.line.quantity));
    match line.state {
        State::Ok | State::PriceUnavailable => None,
        State::Gone => Some(change(line, Kind::Gone, before, None)),
        State::OverLimit => {
            let limit = line.offer.as_ref().map_or(0, super::price::Offer::most);
            Some(change(line, Kind::OverLimit, before, Some(Figure::Quantity(limit))))
        }
        State::Short => {
            let now = line.offer.as_ref().map_or(0, super::price::Offer::most);
            let kind = if now == 0 { Kind::OutOfStock } else { Kind::QuantityReduced };
            Some(change(line, kind, before, Some(Figure::Quantity(now))))
        }
    }
}
