//! A cart and what its products cost now → the lines of an order, or why there can be none.

use std::collections::HashMap;

use warung_contracts::{currency::Currency, event::OrderLine, id::ProductId, money::Money};

/// What somebody means to buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CartLine {
    pub product_id: ProductId,
    pub quantity: u32,
}

/// What a product costs now, and how many are left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub product_id: ProductId,
    pub sku: String,
    pub name: String,
    pub unit_price: Money,
    pub available: u32,
}

/// An order that could be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub lines: Vec<OrderLine>,
    pub total: Money,
}

/// Why a cart can't become an order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the cart is empty")]
    EmptyCart,
    #[error("a product is not for sale any more")]
    UnknownProducts(Vec<ProductId>),
    #[error("there is too little stock")]
    TooLittleStock(Vec<Short>),
    #[error("a product is priced in {found}, the shop sells in {wanted}")]
    OtherCurrency { product_id: ProductId, found: Currency, wanted: Currency },
    #[error("the total is zero")]
    NothingToPay,
    #[error("the total is too large")]
    TooLarge,
}

/// A product of which there is too little.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Short {
    pub product_id: ProductId,
    pub name: String,
    pub wanted: u32,
    pub left: u32,
}

impl Draft {
    /// Prices a cart in the shop's currency.
    ///
    /// # Errors
    ///
    /// As [`Refusal`] says; all products of one fault are named at once.
    pub fn new(currency: Currency, cart: &[CartLine], offers: Vec<Offer>) -> Result<Self, Refusal> {
        if cart.is_empty() {
            return Err(Refusal::EmptyCart);
        }
        let offers: HashMap<ProductId, Offer> =
            offers.into_iter().map(|offer| (offer.product_id, offer)).collect();
        let unknown: Vec<ProductId> =
            cart.iter().map(|line| line.product_id).filter(|id| !offers.contains_key(id)).collect();
        if !unknown.is_empty() {
            return Err(Refusal::UnknownProducts(unknown));
        }
        let pairs: Vec<(&CartLine, &Offer)> =
            cart.iter().filter_map(|line| Some((line, offers.get(&line.product_id)?))).collect();
        if let Some((_, offer)) = pairs.iter().find(|(_, offer)| offer.unit_price.currency != currency) {
            let (product_id, found) = (offer.product_id, offer.unit_price.currency);
            return Err(Refusal::OtherCurrency { product_id, found, wanted: currency });
        }
        let short: Vec<Short> =
            pairs.iter().filter(|(line, offer)| line.quantity > offer.available).map(short).collect();
        if !short.is_empty() {
            return Err(Refusal::TooLittleStock(short));
        }
        let lines: Vec<OrderLine> = pairs.iter().map(line).collect();
        let total = lines
            .iter()
            .map(|line| line.unit_price.times(line.quantity))
            .try_fold(Money::zero(currency), |sum, amount| sum.plus(amount?))
            .map_err(|_| Refusal::TooLarge)?;
        if total.amount_minor <= 0 {
            return Err(Refusal::NothingToPay);
        }
        Ok(Self { lines, total })
    }
}

fn short((line, offer): &(&CartLine, &Offer)) -> Short {
    Short {
        product_id: line.product_id,
        name: offer.name.clone(),
        wanted: line.quantity,
        left: offer.available,
    }
}

fn line((line, offer): &(&CartLine, &Offer)) -> OrderLine {
    OrderLine {
        sku: offer.sku.clone(),
        name: offer.name.clone(),
        ..OrderLine::new(line.product_id, line.quantity, offer.unit_price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> ProductId {
        ProductId(uuid::Uuid::from_u128(n))
    }

    fn offer(n: u128, price: i64, code: &str, available: u32) -> Offer {
        let unit_price = Money::new(price, code.parse().unwrap());
        Offer { product_id: id(n), sku: format!("S{n}"), name: format!("P{n}"), unit_price, available }
    }

    fn draft(quantity: u32, offers: Vec<Offer>) -> Result<Draft, Refusal> {
        Draft::new("IDR".parse().unwrap(), &[CartLine { product_id: id(1), quantity }], offers)
    }

    #[test]
    fn the_total_is_the_sum_of_the_lines() {
        let cart = [CartLine { product_id: id(1), quantity: 2 }, CartLine { product_id: id(2), quantity: 3 }];
        let offers = vec![offer(2, 7, "IDR", 3), offer(1, 100, "IDR", 2)];
        let draft = Draft::new("IDR".parse().unwrap(), &cart, offers).unwrap();
        assert_eq!(draft.total.amount_minor, 221);
        assert_eq!(draft.lines[0].product_id, id(1));
    }

    #[test]
    fn what_can_not_be_sold_is_refused_with_its_reason() {
        assert_eq!(Draft::new("IDR".parse().unwrap(), &[], vec![]), Err(Refusal::EmptyCart));
        assert_eq!(draft(1, vec![]), Err(Refusal::UnknownProducts(vec![id(1)])));
        assert!(
            matches!(draft(3, vec![offer(1, 5, "IDR", 2)]), Err(Refusal::TooLittleStock(s)) if s[0].left == 2)
        );
        assert!(matches!(draft(1, vec![offer(1, 5, "USD", 9)]), Err(Refusal::OtherCurrency { .. })));
        assert_eq!(draft(1, vec![offer(1, 0, "IDR", 9)]), Err(Refusal::NothingToPay));
        assert_eq!(draft(2, vec![offer(1, i64::MAX, "IDR", 9)]), Err(Refusal::TooLarge));
    }
}
