//! Settings of order alone.

use std::collections::BTreeMap;

use secrecy::ExposeSecret as _;
use time::Duration;
use warung_chassis::{
    config::{ConfigError, Reader},
    service::Context,
};
use warung_contracts::manifest::means::{self, Means};

use crate::domain::guest::TokenKey;

/// How order behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Time until an unpaid order is cancelled.
    pub deadline: Duration,
    /// How customers can pay: the providers that are switched on and take the shop's currency.
    pub means: Vec<Means>,
    /// Keys that browsers need to confirm a payment, by provider.
    pub publishable_keys: BTreeMap<&'static str, String>,
    /// Whether the shop's prices hold their tax.
    pub prices_include_tax: bool,
    /// Makes the tokens of guests' orders.
    pub token_key: TokenKey,
    /// Returns are taken for so long after an order is complete.
    pub return_within: Duration,
    /// What others keep to and storefronts are told.
    pub told: Told,
}

/// Limits that cart and payment keep to.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    /// How long a payment waits for the customer.
    pub payment_seconds: u64,
    /// Different products of a cart at most.
    pub cart_lines_max: u64,
    /// Items of one kind in a cart at most.
    pub cart_quantity_max: u64,
    /// Items of a cart at most.
    pub cart_items_max: u64,
}

impl Settings {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// All faults at once.
    pub fn read(context: &Context) -> Result<Self, ConfigError> {
        let mut reader = context.settings();
        let deadline = reader.number("WARUNG_ORDER_DEADLINE_SECONDS", 1..=604_800);
        let means = means(&mut reader);
        let publishable_keys = publishable_keys(&mut reader);
        let prices_include_tax = reader.setting("WARUNG_PRICES_INCLUDE_TAX").unwrap_or(true);
        let return_days = reader.number("WARUNG_RETURN_DAYS", 0..=365);
        let told = Told {
            payment_seconds: reader.number("WARUNG_PAYMENT_TTL_SECONDS", 1..=604_800),
            cart_lines_max: reader.number("WARUNG_CART_LINES_MAX", 1..=500),
            cart_quantity_max: reader.number("WARUNG_CART_QUANTITY_MAX", 1..=999),
            cart_items_max: reader.number("WARUNG_CART_ITEMS_MAX", 1..=1_000_000),
        };
        let token_key = reader.secret("WARUNG_ORDER_TOKEN_KEY");
        reader.finish()?;
        let currency = context.common.currency;
        Ok(Self {
            deadline: Duration::seconds(i64::try_from(deadline).unwrap_or(i64::MAX)),
            means: means.into_iter().filter_map(|means| means.within(currency)).collect(),
            publishable_keys,
            prices_include_tax,
            token_key: TokenKey::new(token_key.expose_secret()),
            return_within: Duration::days(i64::try_from(return_days).unwrap_or(0)),
            told,
        })
    }
}

/// The providers that are switched on, each with the methods that the shop wants of it.
fn means(reader: &mut Reader<'_>) -> Vec<Means> {
    let names = reader.list("WARUNG_PAYMENT_PROVIDERS");
    let (means, faults) = means::means(&names, |variable| reader.list(variable));
    faults.into_iter().for_each(|fault| reader.fault(fault));
    means
}

/// The keys that everybody may know. Of the others only Stripe has customers confirm in the shop's own page.
fn publishable_keys(reader: &mut Reader<'_>) -> BTreeMap<&'static str, String> {
    const STRIPE: &str = "WARUNG_STRIPE_PUBLISHABLE_KEY";
    let key = reader.text(STRIPE);
    if key.is_empty() {
        return BTreeMap::new();
    }
    if !is_publishable(&key) {
        reader.fault(format!("{STRIPE} is no publishable key; write the one that begins with pk_"));
    }
    BTreeMap::from([("stripe", key)])
}

/// Whether everybody may read a key of Stripe's: no other of its keys may slip in.
fn is_publishable(key: &str) -> bool {
    key.starts_with("pk_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_publishable_key_is_published() {
        assert!(is_publishable("pk_live_51") && is_publishable("pk_test_51"));
        for secret in ["sk_live_51", "rk_live_51", "whsec_1", " pk_live_51"] {
            assert!(!is_publishable(secret), "{secret}");
        }
    }
}
