//! Which promotions an order gets: those that are best for the customer, the same whenever the same is asked.
//!
//! All that combine apply together, beside coupons that combine; or one applies alone that does not, where no coupon was
//! sent. A coupon that does not combine stays alone: the customer chose it. Of equal ones, the older.

use super::coupon::{Coupon, Use};

/// A coupon, with the number of orders of this customer that use it.
pub type Counted = (Coupon, u32);

/// The sets of promotions that could be used.
pub fn sets<'a>(sent: &[Counted], promotions: &'a [Counted], wanted: &Use<'_>) -> Vec<Vec<&'a Counted>> {
    let mut sets = Vec::new();
    if sent.iter().any(|(coupon, _)| !coupon.combines) {
        return sets;
    }
    let fits = |(coupon, by_customer): &&Counted| {
        coupon.check(&Use { together: 1, by_customer: *by_customer, ..*wanted }).is_ok()
    };
    let mut fitting: Vec<&Counted> = promotions.iter().filter(fits).collect();
    // Ids begin with the time they were made at.
    fitting.sort_by_key(|(coupon, _)| coupon.id);
    let (together, alone): (Vec<_>, Vec<_>) = fitting.into_iter().partition(|(coupon, _)| coupon.combines);
    if !together.is_empty() {
        sets.push(together);
    }
    if sent.is_empty() {
        sets.extend(alone.into_iter().map(|counted| vec![counted]));
    }
    sets
}

#[cfg(test)]
mod tests;
