//! Double entry: what a movement of money means to each account. Debit is positive, credit negative.

use warung_contracts::money::Money;

/// What the shop has sold.
pub const SALES: &str = "sales";

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

/// The entries of a movement through a provider: in when positive, back when negative. They sum to zero.
pub fn entries(provider: &str, moved: Money) -> [Entry; 2] {
    let other = Money::new(-moved.amount_minor, moved.currency);
    [
        Entry { account: receivable(provider), amount: moved },
        Entry { account: SALES.to_owned(), amount: other },
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The model: one number a provider, what came in less what went back.
        #[test]
        fn accounts_sum_to_zero_and_each_receivable_is_what_the_provider_owes(
            moves in prop::collection::vec((0..3_usize, -1_i64 << 40..1_i64 << 40), 0..60),
        ) {
            let providers = ["sandbox", "stripe", "xendit"];
            let mut owed = [0_i64; 3];
            let mut accounts: BTreeMap<String, i64> = BTreeMap::new();
            for (provider, amount) in moves {
                owed[provider] += amount;
                let moved = Money::new(amount, "IDR".parse().unwrap());
                for entry in entries(providers[provider], moved) {
                    *accounts.entry(entry.account).or_default() += entry.amount.amount_minor;
                }
                prop_assert_eq!(accounts.values().sum::<i64>(), 0);
            }
            for (provider, owed) in providers.iter().zip(owed) {
                prop_assert_eq!(accounts.get(&receivable(provider)).copied().unwrap_or(0), owed);
            }
        }
    }
}
