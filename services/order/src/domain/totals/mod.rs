//! What an order comes to: lines → discounts → shipping → tax. Whole minor units, or whole steps of them where no less can
//! be paid; checked; nothing is computed twice, and the parts sum to the whole.
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

/// What takes something off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discount {
    pub goods: Goods,
    pub off: Off,
}

/// What a discount is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Goods {
    /// The items in these places.
    Some(Vec<usize>),
    All,
}

/// How much it takes off its goods, in the order of application: percentages, then fixed amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Off {
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
    /// The least amount that can be paid, in minor units, 1 or more: every figure is a multiple of it, if prices and
    /// shipping are.
    pub step: i64,
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
    /// What is left of it.
    pub shipping: i64,
    /// What discounts took off it.
    pub shipping_discount: i64,
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
    let Basket { items, discounts, shipping, step, .. } = *basket;
    if step == 1 || items.iter().any(|item| item.unit_price % step != 0) || shipping % step != 0 {
        return count(basket);
    }
    // Counted in steps, every share and every tax is rounded to one.
    let items: Vec<Item> =
        items.iter().map(|item| Item { unit_price: item.unit_price / step, ..*item }).collect();
    let discounts: Vec<Discount> = discounts.iter().map(|discount| discount.in_steps(step)).collect();
    let counted =
        count(&Basket { items: &items, discounts: &discounts, shipping: shipping / step, ..*basket })?;
    counted.times(step)
}

fn count(basket: &Basket<'_>) -> Result<Bill, TooLarge> {
    let subtotals: Vec<i64> = basket.items.iter().map(subtotal).collect::<Result<_, _>>()?;
    let whole = sum(&subtotals)?;
    let Taken { taken, left, shipping } = take(basket, &subtotals);
    let lines: Vec<Line> = basket
        .items
        .iter()
        .zip(subtotals.iter().zip(&left))
        .map(|(item, (subtotal, left))| {
            line(*subtotal, subtotal - left, item.tax_rate_ppm, basket.prices_include_tax)
        })
        .collect::<Result<_, _>>()?;
    // No more than the subtotal.
    let discount = whole - left.iter().sum::<i64>();
    let carriage = line(shipping, 0, basket.shipping_rate_ppm, basket.prices_include_tax)?;
    let of = |part: fn(&Line) -> i64| sum(&lines.iter().map(part).collect::<Vec<_>>());
    let tax = of(|line| line.tax)?.checked_add(carriage.tax).ok_or(TooLarge)?;
    let total = of(|line| line.total)?.checked_add(carriage.total).ok_or(TooLarge)?;
    let shipping_discount = basket.shipping - shipping;
    let shipping_tax = carriage.tax;
    Ok(Bill {
        lines,
        taken,
        subtotal: whole,
        discount,
        shipping,
        shipping_discount,
        shipping_tax,
        tax,
        total,
    })
}

impl Discount {
    /// An amount that is no whole number of steps takes off what is.
    fn in_steps(&self, step: i64) -> Self {
        let off = match self.off {
            Off::Fixed { minor } => Off::Fixed { minor: minor / step },
            off @ (Off::Percent { .. } | Off::FreeShipping) => off,
        };
        Self { goods: self.goods.clone(), off }
    }
}

impl Bill {
    /// In minor units, what was counted in steps.
    fn times(self, step: i64) -> Result<Self, TooLarge> {
        let minor = |steps: i64| steps.checked_mul(step).ok_or(TooLarge);
        let line = |line: Line| -> Result<Line, TooLarge> {
            Ok(Line {
                subtotal: minor(line.subtotal)?,
                discount: minor(line.discount)?,
                tax: minor(line.tax)?,
                total: minor(line.total)?,
            })
        };
        Ok(Self {
            lines: self.lines.into_iter().map(line).collect::<Result<_, _>>()?,
            taken: self.taken.into_iter().map(minor).collect::<Result<_, _>>()?,
            subtotal: minor(self.subtotal)?,
            discount: minor(self.discount)?,
            shipping: minor(self.shipping)?,
            shipping_discount: minor(self.shipping_discount)?,
            shipping_tax: minor(self.shipping_tax)?,
            tax: minor(self.tax)?,
            total: minor(self.total)?,
        })
    }
}

fn subtotal(item: &Item) -> Result<i64, TooLarge> {
    item.unit_price.checked_mul(i64::from(item.quantity)).ok_or(TooLarge)
}

fn sum(amounts: &[i64]) -> Result<i64, TooLarge> {
    amounts.iter().try_fold(0_i64, |sum, amount| sum.checked_add(*amount)).ok_or(TooLarge)
}

/// What discounts leave.
struct Taken {
    /// What each took, in the order they were given.
    taken: Vec<i64>,
    /// Of each item's price.
    left: Vec<i64>,
    shipping: i64,
}

/// Takes off one discount after the other: those of some goods first, then those of all. None takes more than there is.
fn take(basket: &Basket<'_>, subtotals: &[i64]) -> Taken {
    let mut order: Vec<usize> = (0..basket.discounts.len()).collect();
    order.sort_by_key(|place| {
        let Discount { goods, off } = &basket.discounts[*place];
        (*goods == Goods::All, off, goods)
    });
    let (mut left, mut shipping) = (subtotals.to_vec(), basket.shipping);
    let mut taken = vec![0; basket.discounts.len()];
    for place in order {
        let Discount { goods, off } = &basket.discounts[place];
        taken[place] = match *off {
            Off::Percent { ppm } => take_goods(&mut left, goods, |sum| rate::part(sum, ppm)),
            Off::Fixed { minor } => take_goods(&mut left, goods, |sum| minor.min(sum)),
            Off::FreeShipping => std::mem::take(&mut shipping),
        };
    }
    Taken { taken, left, shipping }
}

/// Takes an amount off goods, spread over them in proportion to what is left of each; what it took. `amount` is told what is
/// left of all, and says no more.
fn take_goods(left: &mut [i64], goods: &Goods, amount: impl Fn(i64) -> i64) -> i64 {
    let weights: Vec<i64> = match goods {
        Goods::All => left.to_vec(),
        Goods::Some(places) => {
            let weight = |(place, left): (usize, &i64)| if places.contains(&place) { *left } else { 0 };
            left.iter().enumerate().map(weight).collect()
        }
    };
    let amount = amount(weights.iter().sum());
    for (left, share) in left.iter_mut().zip(spread(amount, &weights)) {
        *left -= share;
    }
    amount
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
