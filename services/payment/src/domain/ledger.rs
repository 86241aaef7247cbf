//! Double entry: what a movement of money means to each account. Debit is positive, credit negative.
//!
//! Revenue has an account each for goods, shipping and tax: tax is the state's, and only passes through. What coupons take
//! off has none, for revenue is what customers pay.

use std::iter;

use warung_contracts::{event::Totals, money::Money, spread::spread};

/// What the shop has sold, without its tax.
pub const SALES: &str = "sales";
/// What customers paid for shipping, without its tax.
pub const SHIPPING: &str = "shipping";
/// The tax in what customers paid, which the shop owes the state.
pub const TAX: &str = "tax";
/// The accounts of revenue.
pub const REVENUE: [&str; 3] = [SALES, SHIPPING, TAX];
/// What the shop paid back itself, outside of any provider: out of its bank account, or its till.
pub const OFFLINE: &str = "offline";

/// One side of a movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub account: String,
    pub amount: Money,
}

/// The account of what a provider owes the shop.
pub fn receivable(provider: &str) -> String {
    format!("receivable:{provider}")
}

/// The account of what a provider keeps for its work.
pub fn fees(provider: &str) -> String {
    format!("fees:{provider}")
}

/// The account of what customers' banks took back through a provider.
pub fn chargebacks(provider: &str) -> String {
    format!("chargebacks:{provider}")
}

/// The entries of money that a dispute took (positive) or gave back (negative): the provider owes us that much less, or more.
/// Revenue stays, for the sale was made. They sum to zero.
pub fn chargeback_entries(provider: &str, taken: Money) -> [Entry; 2] {
    let other = Money::new(-taken.amount_minor, taken.currency);
    [
        Entry { account: chargebacks(provider), amount: taken },
        Entry { account: receivable(provider), amount: other },
    ]
}

/// The entries of a fee that a provider keeps: it owes us that much less. They sum to zero.
pub fn fee_entries(provider: &str, fee: Money) -> [Entry; 2] {
    let other = Money::new(-fee.amount_minor, fee.currency);
    [Entry { account: fees(provider), amount: fee }, Entry { account: receivable(provider), amount: other }]
}

/// What an amount is made of, in minor units, 0 or more each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Revenue {
    pub sales: i64,
    pub shipping: i64,
    pub tax: i64,
}

impl Revenue {
    /// What a total is made of, as far as its order says: all of it sales where that is not known, or not of this total.
    pub fn of(total: Money, totals: Option<&Totals>) -> Self {
        let all = Self { sales: total.amount_minor, ..Self::default() };
        let Some(totals) = totals.filter(|totals| totals.total == total) else { return all };
        let within = if totals.prices_include_tax { totals.shipping_tax.amount_minor } else { 0 };
        let (shipping, tax) = (totals.shipping.amount_minor - within, totals.tax.amount_minor);
        let parts = Self { sales: total.amount_minor - shipping - tax, shipping, tax };
        if parts.weights().iter().all(|part| *part >= 0) { parts } else { all }
    }

    /// The same of a part of it, in proportion: by largest remainders, so that the parts sum to the amount to the minor
    /// unit. Where there is nothing to go by, all of it is sales.
    pub fn part(self, amount: i64) -> Self {
        match spread(amount, &self.weights())[..] {
            [sales, shipping, tax] if sales + shipping + tax == amount => Self { sales, shipping, tax },
            _ => Self { sales: amount, ..Self::default() },
        }
    }

    /// What an amount is made of that goes back for goods, with this tax in it, where so much of both is left.
    pub fn of_goods(self, amount: i64, tax: i64) -> Option<Self> {
        let sales = amount - tax;
        let left = (0..=self.sales).contains(&sales) && (0..=self.tax).contains(&tax);
        left.then_some(Self { sales, shipping: 0, tax })
    }

    fn weights(self) -> [i64; 3] {
        [self.sales, self.shipping, self.tax]
    }
}

/// The entries of a movement through an account of ours, a provider's or [`OFFLINE`]: in when positive, back when negative,
/// shared by the accounts of revenue as `revenue` says. They sum to zero.
pub fn entries(through: String, moved: Money, revenue: Revenue) -> Vec<Entry> {
    let sign = -moved.amount_minor.signum();
    let parts = revenue.part(moved.amount_minor.abs()).weights();
    let of = |(account, part): (&str, i64)| Entry {
        account: account.to_owned(),
        amount: Money::new(sign * part, moved.currency),
    };
    let parts = REVENUE.into_iter().zip(parts).filter(|(_, part)| *part != 0);
    iter::once(Entry { account: through, amount: moved }).chain(parts.map(of)).collect()
}

#[cfg(test)]
mod tests;
