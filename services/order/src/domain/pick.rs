//! A cart beside what its products cost now → what can be sold of it, or why it can't.

use std::collections::HashMap;

use uuid::Uuid;
use warung_contracts::{
    currency::Currency,
    id::{CategoryId, ProductId, VariantId},
    money::Money,
};

use super::{coupon::RefusedCoupon, look::Look};

/// What somebody means to buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CartLine {
    pub product_id: ProductId,
    /// The default one when none.
    pub variant_id: Option<VariantId>,
    pub quantity: u32,
}

/// How heavy and large one item is; 0 where nobody said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measures {
    pub weight_grams: u32,
    pub length_mm: u32,
    pub width_mm: u32,
    pub height_mm: u32,
}

/// What a variant costs now, and how many are left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub product_id: ProductId,
    pub variant_id: Option<VariantId>,
    pub sku: String,
    pub name: String,
    /// Such as "Red / L"; none for the default variant.
    pub variant_name: Option<String>,
    pub unit_price: Money,
    /// What is promised beyond what is there included.
    pub available: u32,
    /// Items of one order at most; none without a limit.
    pub max_quantity: Option<u32>,
    pub tax_class: String,
    /// The product's category and all above it; none when it is in none.
    pub category_ids: Vec<CategoryId>,
    pub measures: Measures,
    pub look: Look,
}

impl Offer {
    /// What customers know it by.
    pub fn full_name(&self) -> String {
        match &self.variant_name {
            Some(kind) => format!("{}, {kind}", self.name),
            None => self.name.clone(),
        }
    }
}

/// A line of a cart with its offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    pub quantity: u32,
    pub offer: Offer,
}

/// Why a cart can't become an order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the cart is empty")]
    EmptyCart,
    /// Places of the cart's lines, as in every list here.
    #[error("a product is not for sale any more")]
    UnknownProducts(Vec<usize>),
    #[error("there is too little stock")]
    TooLittleStock(Vec<Short>),
    #[error("more is wanted than one order may have")]
    OverLimit(Vec<Short>),
    #[error("a product is priced in {found}, the shop sells in {wanted}")]
    OtherCurrency { product_id: ProductId, found: Currency, wanted: Currency },
    /// Goods of tax classes that nobody defined.
    #[error("a product is of a tax class without a rate")]
    UnknownTaxClass(Vec<Untaxable>),
    #[error("a coupon is not taken")]
    Coupons(Vec<RefusedCoupon>),
    #[error("the total is too large")]
    TooLarge,
}

/// A line of the cart of which too much is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Short {
    pub line: usize,
    pub name: String,
    pub wanted: u32,
    /// As many can be had.
    pub most: u32,
}

/// A line of the cart whose tax nobody can know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untaxable {
    pub line: usize,
    pub product_id: ProductId,
    pub name: String,
    pub tax_class: String,
}

/// The same UUID for a product and its default variant.
fn key(product: ProductId, variant: Option<VariantId>) -> Uuid {
    variant.map_or(product.uuid(), VariantId::uuid)
}

/// Finds the offer of each line.
///
/// # Errors
///
/// As [`Refusal`] says; all products of one fault are named at once.
pub fn pick(currency: Currency, cart: &[CartLine], offers: Vec<Offer>) -> Result<Vec<Pick>, Refusal> {
    if cart.is_empty() {
        return Err(Refusal::EmptyCart);
    }
    let offers: HashMap<Uuid, Offer> =
        offers.into_iter().map(|offer| (key(offer.product_id, offer.variant_id), offer)).collect();
    let of = |line: &CartLine| offers.get(&key(line.product_id, line.variant_id));
    let unknown: Vec<usize> =
        cart.iter().enumerate().filter(|(_, line)| of(line).is_none()).map(|(place, _)| place).collect();
    if !unknown.is_empty() {
        return Err(Refusal::UnknownProducts(unknown));
    }
    let picks: Vec<Pick> = cart
        .iter()
        .filter_map(|line| Some(Pick { quantity: line.quantity, offer: of(line)?.clone() }))
        .collect();
    sellable(currency, &picks)?;
    Ok(picks)
}

fn sellable(currency: Currency, picks: &[Pick]) -> Result<(), Refusal> {
    if let Some(Pick { offer, .. }) = picks.iter().find(|pick| pick.offer.unit_price.currency != currency) {
        let (product_id, found) = (offer.product_id, offer.unit_price.currency);
        return Err(Refusal::OtherCurrency { product_id, found, wanted: currency });
    }
    let short = beyond(picks, |offer| Some(offer.available));
    if !short.is_empty() {
        return Err(Refusal::TooLittleStock(short));
    }
    let over = beyond(picks, |offer| offer.max_quantity);
    if over.is_empty() { Ok(()) } else { Err(Refusal::OverLimit(over)) }
}

/// The picks that want more than their limit.
fn beyond(picks: &[Pick], limit: impl Fn(&Offer) -> Option<u32>) -> Vec<Short> {
    let short = |(line, pick): (usize, &Pick)| {
        let most = limit(&pick.offer).filter(|limit| pick.quantity > *limit)?;
        Some(Short { line, name: pick.offer.full_name(), wanted: pick.quantity, most })
    };
    picks.iter().enumerate().filter_map(short).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn id(n: u128) -> ProductId {
        ProductId(Uuid::from_u128(n))
    }

    pub fn offer(n: u128, price: i64, code: &str, available: u32) -> Offer {
        Offer {
            product_id: id(n),
            variant_id: None,
            sku: format!("S{n}"),
            name: format!("P{n}"),
            variant_name: None,
            unit_price: Money::new(price, code.parse().unwrap()),
            available,
            max_quantity: None,
            tax_class: "standard".into(),
            category_ids: Vec::new(),
            measures: Measures::default(),
            look: Look::default(),
        }
    }

    fn one(quantity: u32, offers: Vec<Offer>) -> Result<Vec<Pick>, Refusal> {
        let line = CartLine { product_id: id(1), variant_id: None, quantity };
        pick("IDR".parse().unwrap(), &[line], offers)
    }

    #[test]
    fn what_can_not_be_sold_is_refused_with_its_reason() {
        assert_eq!(pick("IDR".parse().unwrap(), &[], vec![]), Err(Refusal::EmptyCart));
        assert_eq!(one(1, vec![]), Err(Refusal::UnknownProducts(vec![0])));
        let short = one(3, vec![offer(1, 5, "IDR", 2)]);
        assert!(matches!(short, Err(Refusal::TooLittleStock(short)) if short[0].most == 2));
        let over = one(3, vec![Offer { max_quantity: Some(2), ..offer(1, 5, "IDR", 9) }]);
        assert!(matches!(over, Err(Refusal::OverLimit(over)) if (over[0].line, over[0].most) == (0, 2)));
        assert!(matches!(one(1, vec![offer(1, 5, "USD", 9)]), Err(Refusal::OtherCurrency { .. })));
    }

    #[test]
    fn a_product_alone_means_its_default_variant() {
        let named = Offer { variant_id: Some(VariantId(id(1).uuid())), ..offer(1, 5, "IDR", 9) };
        let other = Offer { variant_id: Some(VariantId(id(7).uuid())), ..offer(1, 9, "IDR", 9) };
        assert_eq!(one(1, vec![other, named.clone()]).unwrap()[0].offer, named);
    }
}
