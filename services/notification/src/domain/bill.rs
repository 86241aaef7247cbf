//! What an order comes to, in figures that its reader can add up.
//!
//! ```text
//!  items ─ sum ─> subtotal
//!  subtotal + shipping - cuts + tax on top = total        (tax within is a part of it)
//! ```

use serde::{Deserialize, Serialize};
use warung_contracts::{
    event::{AppliedCoupon, OrderLine, Totals},
    money::{Money, MoneyError},
};

/// What an event says of an order's money. Orders of before there were totals have none.
#[derive(Debug, Clone, Deserialize)]
pub struct Sale {
    lines: Vec<OrderLine>,
    total: Money,
    #[serde(default)]
    totals: Option<Totals>,
    #[serde(default)]
    coupons: Vec<AppliedCoupon>,
}

/// A bill.
#[derive(Debug, Serialize)]
pub struct Bill {
    items: Vec<Item>,
    sum: Option<Sum>,
    total: Money,
}

/// A line of the order.
#[derive(Debug, Serialize)]
struct Item {
    quantity: u32,
    /// With its kind and its SKU.
    name: String,
    unit_price: Money,
    /// Its share of what coupons take off; none where that is nothing.
    discount: Option<Money>,
    /// Unit price times quantity.
    price: Money,
}

/// How the total comes about.
#[derive(Debug, Serialize)]
struct Sum {
    subtotal: Money,
    /// Before coupons that make it free.
    shipping: Money,
    cuts: Vec<Cut>,
    tax_on_top: Option<Money>,
    tax_within: Option<Money>,
}

/// What a coupon takes off.
#[derive(Debug, Serialize)]
struct Cut {
    /// None where the event names no coupon.
    code: Option<String>,
    amount: Money,
}

impl Bill {
    /// The bill of an order.
    ///
    /// # Errors
    ///
    /// When amounts are of several currencies, or too large, which no order's are.
    pub fn of(sale: Sale) -> Result<Self, MoneyError> {
        let items = sale.lines.into_iter().map(Item::of).collect::<Result<_, _>>()?;
        let sum = sale.totals.map(|totals| Sum::of(&totals, sale.coupons)).transpose()?;
        Ok(Self { items, sum, total: sale.total })
    }
}

impl Item {
    fn of(line: OrderLine) -> Result<Self, MoneyError> {
        let OrderLine { quantity, unit_price, .. } = line;
        let kind = line.variant_name.filter(|kind| !kind.is_empty()).map(|kind| format!(", {kind}"));
        let sku = Some(line.sku).filter(|sku| !sku.is_empty()).map(|sku| format!(" ({sku})"));
        let name = [Some(line.name), kind, sku].into_iter().flatten().collect();
        let price = unit_price.times(quantity)?;
        Ok(Self { quantity, name, unit_price, discount: line.discount.and_then(some), price })
    }
}

impl Sum {
    fn of(totals: &Totals, coupons: Vec<AppliedCoupon>) -> Result<Self, MoneyError> {
        let shipping_discount = totals.shipping_discount.unwrap_or(Money::zero(totals.shipping.currency));
        let (on_top, within) = match totals.prices_include_tax {
            true => (None, some(totals.tax)),
            false => (some(totals.tax), None),
        };
        let mut cuts: Vec<Cut> =
            coupons.into_iter().map(|used| Cut { code: Some(used.code), amount: used.amount }).collect();
        if cuts.is_empty() {
            let all = totals.discount.plus(shipping_discount)?;
            cuts.extend(some(all).map(|amount| Cut { code: None, amount }));
        }
        let shipping = totals.shipping.plus(shipping_discount)?;
        Ok(Self { subtotal: totals.subtotal, shipping, cuts, tax_on_top: on_top, tax_within: within })
    }
}

/// None of nothing.
fn some(money: Money) -> Option<Money> {
    (money.amount_minor != 0).then_some(money)
}
