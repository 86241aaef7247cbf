//! What somebody wants to buy, and how they pay.

use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::{Value, json};

use super::opening;

/// Different products of one order at most.
const LINES_MAX: usize = 3;
/// Items of a line at most.
const ITEMS_MAX: u32 = 3;
/// Of a hundred orders, those that try a coupon.
const WITH_COUPON: u32 = 35;
/// Of a hundred orders, those that choose among the ways to send them; the others get the cheapest.
const CHOOSING: u32 = 20;

/// What the customers pay with, by weight in a hundred.
const PAYMENTS: [(&str, u32); 8] = [
    ("tok_success", 45),
    ("tok_webhook", 17),
    ("tok_decline", 12),
    ("tok_expire", 7),
    ("tok_overpays", 6),
    ("tok_authorize", 5),
    ("tok_approve", 4),
    ("tok_refund_slow", 4),
];

/// What is to be bought.
#[derive(Debug, Clone)]
pub struct Basket {
    /// Products, each once, with how many of it.
    pub lines: Vec<(String, u32)>,
    pub coupon: Option<&'static str>,
    /// A token of the sandbox.
    pub payment: &'static str,
    /// Whether the customer picks a way to send it.
    pub choosy: bool,
}

impl Basket {
    /// Some of the goods.
    pub fn fill(goods: &[String], random: &mut StdRng) -> Self {
        let count = random.random_range(1..=LINES_MAX);
        let mut lines: Vec<_> = goods.choose_multiple(random, count).map(|id| (id.clone(), 1)).collect();
        lines.iter_mut().for_each(|(_, items)| *items = random.random_range(1..=ITEMS_MAX));
        let coupons = [opening::FEW, opening::ONCE, opening::SENT_FREE];
        let coupon = (random.random_range(0..100) < WITH_COUPON).then(|| coupons.choose(random).copied());
        Self {
            lines,
            coupon: coupon.flatten(),
            payment: pick(&PAYMENTS, random),
            choosy: random.random_range(0..100) < CHOOSING,
        }
    }

    /// The same without what is sold out: one thing of which there is enough.
    pub fn of_plenty(self, goods: &[String]) -> Self {
        Self { lines: goods.first().map(|id| (id.clone(), 1)).into_iter().collect(), ..self }
    }

    /// Whether the provider takes or sets aside the money at once.
    pub fn is_paid_at_once(&self) -> bool {
        !["tok_webhook", "tok_decline", "tok_expire"].contains(&self.payment)
    }

    /// What a checkout and its quote both say.
    pub fn terms(&self, address: &Value) -> Value {
        json!({ "coupons": Vec::from_iter(self.coupon), "shipping_address": address })
    }
}

/// One of these, by weight.
pub fn pick(from: &[(&'static str, u32)], random: &mut StdRng) -> &'static str {
    let mut dice = random.random_range(0..from.iter().map(|(_, weight)| weight).sum());
    for (one, weight) in from {
        if dice < *weight {
            return one;
        }
        dice -= weight;
    }
    from[0].0
}
