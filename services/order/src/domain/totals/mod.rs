//! What an order comes to: lines → discounts → shipping → tax. Whole minor units, checked; nothing is computed twice,
//! and the parts sum to the whole.
//!
//! A line's tax is of its price after its share of the discount, rounded half up for each line; the order's tax is the
//! sum of those.

mod rate;
#[cfg(test)]
mod tests;

pub use rate::WHOLE_PPM;
use warung_contracts::spread::spread;

/// Goods of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// Minor units, 0 or more.
    pub unit_price: i64,
    pub quantity: u32,
    /// At most [`WHOLE_PPM`].
    pub tax_rate_ppm: u32,
}

/// What takes something off, in the order of its application: percentages, then fixed amounts, then shipping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Discount {
    /// This part of what the ones before left, at most [`WHOLE_PPM`].
    Percent { ppm: u32 },
    /// This much, as far as there is something left.
    Fixed { minor: i64 },
    /// What shipping costs.
    FreeShipping,
}

/// Everything that an order's total depends on.
#[derive(Debug, Clone, Copy)]
pub struct Basket<'a> {
    pub items: &'a [Item],
    pub discounts: &'a [Discount],
    /// Minor units, 0 or more.
    pub shipping: i64,
    pub shipping_rate_ppm: u32,
    /// Whether prices and shipping hold their tax already.
    pub prices_include_tax: bool,
}

/// What a line comes to, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub subtotal: i64,
    pub discount: i64,
    pub tax: i64,
    /// What is paid for it.
    pub total: i64,
}

/// What everything comes to, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// As many as items, in their order.
    pub lines: Vec<Line>,
    /// What each discount took off, in the order they were given.
    pub taken: Vec<i64>,
    pub subtotal: i64,
    pub discount: i64,
    pub shipping: i64,
    pub shipping_tax: i64,
    /// That on shipping included.
    pub tax: i64,
    pub total: i64,
}

/// A sum does not fit 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the total is too large")]
pub struct TooLarge;

/// Computes it.
///
/// # Errors
///
/// When a sum is too large.
pub fn bill(basket: &Basket<'_>) -> Result<Bill, TooLarge> {
    let subtotals: Vec<i64> = basket.items.iter().map(subtotal).collect::<Result<_, _>>()?;
    let whole = sum(&subtotals)?;
    let taken = take(basket, whole);
    let free_shipping = basket.discounts.contains(&Discount::FreeShipping);
    let discount = sum_of_goods(basket.discounts, &taken);
    let shares = spread(discount, &subtotals);
    let lines: Vec<Line> = basket
        .items
        .iter()
        .zip(subtotals.iter().zip(&shares))
        .map(|(item, (subtotal, share))| {
            line(*subtotal, *share, item.tax_rate_ppm, basket.prices_include_tax)
        })
        .collect::<Result<_, _>>()?;
    let shipping = if free_shipping { 0 } else { basket.shipping };
    let carriage = line(shipping, 0, basket.shipping_rate_ppm, basket.prices_include_tax)?;
    let of = |part: fn(&Line) -> i64| sum(&lines.iter().map(part).collect::<Vec<_>>());
    let tax = of(|line| line.tax)?.checked_add(carriage.tax).ok_or(TooLarge)?;
    let total = of(|line| line.total)?.checked_add(carriage.total).ok_or(TooLarge)?;
    Ok(Bill { lines, taken, subtotal: whole, discount, shipping, shipping_tax: carriage.tax, tax, total })
}

fn subtotal(item: &Item) -> Result<i64, TooLarge> {
    item.unit_price.checked_mul(i64::from(item.quantity)).ok_or(TooLarge)
}

fn sum(amounts: &[i64]) -> Result<i64, TooLarge> {
    amounts.iter().try_fold(0_i64, |sum, amount| sum.checked_add(*amount)).ok_or(TooLarge)
}

/// What each discount takes; together never more than there is.
fn take(basket: &Basket<'_>, whole: i64) -> Vec<i64> {
    let mut order: Vec<usize> = (0..basket.discounts.len()).collect();
    order.sort_by_key(|place| basket.discounts[*place]);
    let (mut goods, mut shipping) = (whole, basket.shipping);
    let mut taken = vec![0; basket.discounts.len()];
    for place in order {
        taken[place] = match basket.discounts[place] {
            Discount::Percent { ppm } => rate::part(goods, ppm),
            Discount::Fixed { minor } => minor.min(goods),
            Discount::FreeShipping => std::mem::take(&mut shipping),
        };
        if basket.discounts[place] != Discount::FreeShipping {
            goods -= taken[place];
        }
    }
    taken
}

/// What is taken off the goods; each step takes of what is left, so the sum is at most the subtotal.
fn sum_of_goods(discounts: &[Discount], taken: &[i64]) -> i64 {
    let goods = discounts.iter().zip(taken).filter(|(discount, _)| **discount != Discount::FreeShipping);
    goods.map(|(_, taken)| taken).sum()
}

fn line(subtotal: i64, discount: i64, ppm: u32, prices_include_tax: bool) -> Result<Line, TooLarge> {
    let left = subtotal - discount;
    let (tax, total) = match prices_include_tax {
        true => (rate::within(left, ppm), left),
        false => {
            let tax = rate::part(left, ppm);
            (tax, left.checked_add(tax).ok_or(TooLarge)?)
        }
    };
    Ok(Line { subtotal, discount, tax, total })
}
