//! What changed since something was put into a cart.

use serde::Serialize;
use utoipa::ToSchema;
use warung_contracts::{
    id::{ProductId, VariantId},
    money::Money,
};

use super::price::{Offer, PricedLine, State};

/// What kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One costs another price; `before` and `now` are prices.
    PriceChanged,
    /// Nothing of it is left: `most` is 0.
    OutOfStock,
    /// It is not for sale any more.
    Gone,
    /// Fewer are left than the cart has.
    TooFewLeft,
    /// One order may have fewer than the cart has.
    OverLimit,
}

/// A change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Change {
    pub product_id: ProductId,
    pub variant_id: VariantId,
    pub kind: Kind,
    /// What one cost when its owner saw it last; of `price_changed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Money>,
    /// What one costs now; of `price_changed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<Money>,
    /// How many the cart has, which is left as it is; of all other kinds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u32>,
    /// How many can be bought; of `out_of_stock`, `too_few_left` and `over_limit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
}

/// What changed of these lines. The cart itself is left as it is: its owner decides.
pub fn changes(lines: &[PricedLine]) -> Vec<Change> {
    lines.iter().flat_map(|line| [price(line), stock(line)]).flatten().collect()
}

fn change(line: &PricedLine, kind: Kind) -> Change {
    let (product_id, variant_id) = (line.line.product_id, line.line.variant_id);
    Change { product_id, variant_id, kind, before: None, now: None, quantity: None, most: None }
}

fn price(line: &PricedLine) -> Option<Change> {
    let (before, now) = (line.line.seen.price?, line.offer.as_ref()?.unit_price);
    let before = Money::new(before, now.currency);
    let changed = Change { before: Some(before), now: Some(now), ..change(line, Kind::PriceChanged) };
    (before != now).then_some(changed)
}

fn stock(line: &PricedLine) -> Option<Change> {
    let most = line.offer.as_ref().map_or(0, Offer::most);
    let (kind, most) = match line.state {
        State::Ok | State::PriceUnavailable => return None,
        State::Gone => (Kind::Gone, None),
        State::OverLimit => (Kind::OverLimit, Some(most)),
        State::Short if most == 0 => (Kind::OutOfStock, Some(most)),
        State::Short => (Kind::TooFewLeft, Some(most)),
    };
    Some(Change { quantity: Some(line.line.quantity), most, ..change(line, kind) })
}
