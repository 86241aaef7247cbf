use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[test]
fn goods_that_come_back_bring_their_own_tax_as_far_as_it_is_left() {
    let left = Revenue { sales: 800, shipping: 100, tax: 50 };
    assert_eq!(left.of_goods(330, 30), Some(Revenue { sales: 300, shipping: 0, tax: 30 }));
    assert_eq!(left.of_goods(850, 50), Some(Revenue { sales: 800, shipping: 0, tax: 50 }));
    for (amount, tax) in [(330, 51), (851, 50), (10, 11), (10, -1)] {
        assert_eq!(left.of_goods(amount, tax), None, "{amount} {tax}");
    }
    let parts = entries(
        "receivable:x".into(),
        Money::new(-330, "IDR".parse().unwrap()),
        left.of_goods(330, 30).unwrap(),
    );
    let amounts: Vec<(&str, i64)> =
        parts.iter().map(|entry| (entry.account.as_str(), entry.amount.amount_minor)).collect();
    assert_eq!(amounts, [("receivable:x", -330), ("sales", 300), ("tax", 30)]);
}

fn idr(minor: i64) -> Money {
    Money::new(minor, "IDR".parse().unwrap())
}

/// The books of a payment, by account.
#[derive(Default)]
struct Books(BTreeMap<String, i64>);

impl Books {
    fn book(&mut self, entries: impl IntoIterator<Item = Entry>) {
        for entry in entries {
            assert_ne!(entry.amount.amount_minor, 0);
            *self.0.entry(entry.account).or_default() += entry.amount.amount_minor;
        }
        assert_eq!(self.0.values().sum::<i64>(), 0);
    }

    fn of(&self, account: &str) -> i64 {
        self.0.get(account).copied().unwrap_or(0)
    }

    /// What of each kind of revenue has not gone back.
    fn revenue(&self) -> Revenue {
        Revenue { sales: -self.of(SALES), shipping: -self.of(SHIPPING), tax: -self.of(TAX) }
    }
}

fn totals(
    subtotal: i64,
    discount: i64,
    shipping: i64,
    (tax, shipping_tax): (i64, i64),
    within: bool,
) -> Totals {
    let total = subtotal - discount + shipping + if within { 0 } else { tax };
    Totals {
        subtotal: idr(subtotal),
        discount: idr(discount),
        shipping: idr(shipping),
        shipping_discount: None,
        shipping_tax: idr(shipping_tax),
        tax: idr(tax),
        prices_include_tax: within,
        total: idr(total),
    }
}

#[test]
fn revenue_is_goods_shipping_and_tax_each_without_the_other() {
    // The example of docs/money.md.
    let outside = totals(7331, 513, 9000, (849, 99), false);
    let parts = Revenue { sales: 6818, shipping: 9000, tax: 849 };
    assert_eq!(Revenue::of(idr(16667), Some(&outside)), parts);
    // Prices that hold their tax: so does shipping.
    let within = totals(11_100, 0, 2220, (1320, 220), true);
    let parts = Revenue { sales: 10_000, shipping: 2000, tax: 1320 };
    assert_eq!(Revenue::of(idr(13_320), Some(&within)), parts);
    // What is not known, or of another total, is sales.
    let all = Revenue { sales: 5, ..Revenue::default() };
    assert_eq!((Revenue::of(idr(5), None), Revenue::of(idr(5), Some(&within))), (all, all));
}

proptest! {
    /// The model: one number a provider, what came in less what went back and what it keeps, and what the shop paid back
    /// itself.
    #[test]
    fn accounts_sum_to_zero_and_each_receivable_is_what_the_provider_owes(
        moves in prop::collection::vec((0..3_usize, 1..1_i64 << 40, 1..1_i64 << 20, 1..1_i64 << 20, any::<bool>()), 0..60),
        weights in (0..1_i64 << 40, 0..1_i64 << 40, 0..1_i64 << 40),
    ) {
        let providers = ["sandbox", "stripe", "xendit"];
        let revenue = Revenue { sales: weights.0, shipping: weights.1, tax: weights.2 };
        let (mut owed, mut outside, mut taken, mut books) = ([0_i64; 3], 0, [0_i64; 3], Books::default());
        for (provider, amount, fee, given, won) in moves {
            owed[provider] += amount - fee;
            outside += given;
            books.book(entries(receivable(providers[provider]), idr(amount), revenue));
            books.book(entries(OFFLINE.to_owned(), idr(-given), revenue));
            books.book(fee_entries(providers[provider], idr(fee)));
            // A bank takes it all, and gives it back where the shop wins.
            books.book(chargeback_entries(providers[provider], idr(amount)));
            if won {
                books.book(chargeback_entries(providers[provider], idr(-amount)));
            } else {
                owed[provider] -= amount;
                taken[provider] += amount;
            }
        }
        prop_assert_eq!(books.of(OFFLINE), -outside);
        for (provider, owed) in providers.iter().zip(owed) {
            prop_assert_eq!(books.of(&receivable(provider)), owed);
        }
        for (provider, taken) in providers.iter().zip(taken) {
            prop_assert_eq!(books.of(&chargebacks(provider)), taken);
        }
    }

    /// Captured in full or in part, given back in any steps: each sums to the minor unit, no account of revenue goes below
    /// nothing, and when all went back all of them are empty.
    #[test]
    fn refunds_take_from_each_kind_of_revenue_its_share_and_leave_nothing(
        goods in 0..1_000_000_i64, shipping in 0..100_000_i64, tax in 0..200_000_i64, part in 1..=1_000_i64,
        steps in prop::collection::vec(1..=400_i64, 0..12),
    ) {
        let total = goods + shipping + tax;
        let captured = (total * part / 1000).max(1);
        let mut books = Books::default();
        books.book(entries(receivable("sandbox"), idr(captured), Revenue { sales: goods, shipping, tax }));
        let mut left = captured;
        for step in steps.into_iter().map(Some).chain([None]) {
            let amount = step.map_or(left, |permille| (captured * permille / 1000).min(left));
            if amount == 0 {
                continue;
            }
            let before = books.revenue();
            books.book(entries(receivable("sandbox"), idr(-amount), before));
            left -= amount;
            let after = books.revenue();
            prop_assert_eq!(after.sales + after.shipping + after.tax, left);
            for (was, is) in before.weights().into_iter().zip(after.weights()) {
                prop_assert!(is >= 0 && is <= was);
                // Less than one unit from its exact share.
                let exact = i128::from(amount) * i128::from(was);
                let whole = i128::from(left + amount);
                prop_assert!((i128::from(was - is) * whole - exact).abs() < whole);
            }
        }
        prop_assert_eq!(books.revenue(), Revenue::default());
    }
}
