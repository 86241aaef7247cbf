//! What goes back for some items of a line: never more than was paid for them, discount and tax considered.

/// What was paid for a line, and what went back of it so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paid {
    /// The line's total in minor units.
    pub total: i64,
    /// 1 or more.
    pub quantity: u32,
    /// Items whose money went back or is on its way.
    pub refunded_items: u32,
    /// Minor units that went back or are on their way.
    pub refunded: i64,
}

/// What goes back for `items` more at most. All items of a line, in any number of returns, come to its total exactly: each
/// gives the difference of two running shares, rounded down to multiples of `step` minor units, less than which nobody pays.
pub fn due(paid: Paid, items: u32, step: i64) -> i64 {
    let upto = |items: u32| {
        if items >= paid.quantity {
            return paid.total;
        }
        let share = i128::from(paid.total) * i128::from(items) / i128::from(paid.quantity.max(1));
        // A part of the total.
        let share = i64::try_from(share).unwrap_or(paid.total);
        share - share % step
    };
    let more = upto(paid.refunded_items.saturating_add(items)) - upto(paid.refunded_items);
    // Money that failed to go back and is sent again must not round to more than there was.
    more.min(paid.total - paid.refunded).max(0)
}

/// The tax in an amount that goes back of a line, by its share of the line's total. In any number of refunds that come to the
/// total it comes to the line's tax exactly; none where the line doesn't know its tax.
pub fn tax_in(tax: Option<i64>, paid: Paid, amount: i64) -> Option<i64> {
    let tax = tax?;
    let upto = |refunded: i64| match refunded >= paid.total {
        true => tax,
        false => {
            let share = i128::from(tax) * i128::from(refunded) / i128::from(paid.total);
            i64::try_from(share).unwrap_or(tax)
        }
    };
    Some(upto(paid.refunded + amount) - upto(paid.refunded))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_tax_of_what_goes_back_comes_to_the_tax_of_the_line() {
        let mut paid = Paid { total: 1000, quantity: 3, refunded_items: 0, refunded: 0 };
        let mut taxes = Vec::new();
        for amount in [333, 333, 1, 333] {
            taxes.push(tax_in(Some(99), paid, amount).unwrap());
            paid.refunded += amount;
        }
        assert_eq!((&taxes[..], taxes.iter().sum::<i64>()), (&[32, 33, 1, 33][..], 99));
        assert_eq!(tax_in(None, paid, 1), None);
        assert_eq!(tax_in(Some(0), Paid { total: 0, refunded: 0, ..paid }, 0), Some(0));
    }

    #[test]
    fn the_last_item_brings_what_rounding_left() {
        let paid = Paid { total: 100, quantity: 3, refunded_items: 0, refunded: 0 };
        assert_eq!(due(paid, 1, 1), 33);
        assert_eq!(due(Paid { refunded_items: 1, refunded: 33, ..paid }, 1, 1), 33);
        assert_eq!(due(Paid { refunded_items: 2, refunded: 66, ..paid }, 1, 1), 34);
        assert_eq!(due(Paid { refunded_items: 3, refunded: 100, ..paid }, 1, 1), 0);
        let rupiah = Paid { total: 3_650_000, ..paid };
        assert_eq!(due(rupiah, 1, 100), 1_216_600);
        assert_eq!(due(Paid { refunded_items: 1, refunded: 1_216_600, ..rupiah }, 2, 100), 2_433_400);
    }

    proptest! {
        /// Returns in any steps, of which some give back less than they could and some fail and are tried again.
        #[test]
        fn no_more_goes_back_than_was_paid(
            total in 0_i64..=1_000_000_000_000, quantity in 1_u32..=999,
            step in prop::sample::select(vec![1_i64, 10, 100]),
            steps in prop::collection::vec((1_u32..=50, 0_u32..=100, prop::bool::weighted(0.3)), 1..60),
        ) {
            let mut paid = Paid { total, quantity, refunded_items: 0, refunded: 0 };
            let mut in_full = true;
            for (items, percent, fails) in steps {
                let items = items.min(quantity - paid.refunded_items);
                let most = due(paid, items, step);
                let amount = most * i64::from(percent) / 100;
                prop_assert!(most >= 0 && paid.refunded + most <= total);
                if fails {
                    continue;
                }
                in_full &= amount == most;
                paid.refunded_items += items;
                paid.refunded += amount;
            }
            prop_assert!(paid.refunded <= total);
            if in_full && paid.refunded_items == quantity {
                prop_assert_eq!(paid.refunded, total);
            }
        }

        #[test]
        fn a_refund_that_fails_while_another_is_done_does_not_round_to_more(
            total in 0_i64..=1_000_000, quantity in 2_u32..=20, first in 1_u32..=10,
        ) {
            let first = first.min(quantity - 1);
            let start = Paid { total, quantity, refunded_items: 0, refunded: 0 };
            let one = due(start, first, 1);
            let both = Paid { refunded_items: first, refunded: one, ..start };
            let other = due(both, quantity - first, 1);
            // The first fails and is sent again.
            let left = Paid { refunded_items: quantity - first, refunded: other, ..start };
            prop_assert!(other + due(left, first, 1) <= total);
        }
    }
}
