//! Double entry: what a movement of money means to each account. Debit is positive, credit negative.

use warung_contracts::money::Money;

/// What the shop has sold.
pub const SALES: &str = "sales";

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

/// The entries of a fee that a provider keeps: it owes us that much less. They sum to zero.
pub fn fee_entries(provider: &str, fee: Money) -> [Entry; 2] {
    let other = Money::new(-fee.amount_minor, fee.currency);
    [Entry { account: fees(provider), amount: fee }, Entry { account: receivable(provider), amount: other }]
}

/// The entries of a movement through an account of ours, a provider's or [`OFFLINE`]: in when positive, back when
/// negative. They sum to zero.
pub fn entries(through: String, moved: Money) -> [Entry; 2] {
    let other = Money::new(-moved.amount_minor, moved.currency);
    [Entry { account: through, amount: moved }, Entry { account: SALES.to_owned(), amount: other }]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The model: one number a provider, what came in less what went back and what it keeps, and what the shop paid
        /// back itself.
        #[test]
        fn accounts_sum_to_zero_and_each_receivable_is_what_the_provider_owes(
            moves in prop::collection::vec(
                (0..3_usize, -1_i64 << 40..1_i64 << 40, 0..1_i64 << 20, 0..1_i64 << 20), 0..60,
            ),
        ) {
            let providers = ["sandbox", "stripe", "xendit"];
            let (mut owed, mut outside) = ([0_i64; 3], 0);
            let mut accounts: BTreeMap<String, i64> = BTreeMap::new();
            for (provider, amount, fee, given) in moves {
                owed[provider] += amount - fee;
                outside += given;
                let idr = |minor| Money::new(minor, "IDR".parse().unwrap());
                let moved = entries(receivable(providers[provider]), idr(amount));
                let given = entries(OFFLINE.to_owned(), idr(-given));
                for entry in moved.into_iter().chain(given).chain(fee_entries(providers[provider], idr(fee))) {
                    *accounts.entry(entry.account).or_default() += entry.amount.amount_minor;
                }
                prop_assert_eq!(accounts.values().sum::<i64>(), 0);
            }
            prop_assert_eq!(accounts.get(OFFLINE).copied().unwrap_or(0), -outside);
            for (provider, owed) in providers.iter().zip(owed) {
                prop_assert_eq!(accounts.get(&receivable(provider)).copied().unwrap_or(0), owed);
            }
        }
    }
}
