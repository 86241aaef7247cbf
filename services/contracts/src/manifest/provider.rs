//! Payment providers, as those must know them who let somebody choose one.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::all;
use crate::currency::Currency;

/// What a provider takes. A test holds it against the adapter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its name in a checkout.
    pub name: String,
    /// The currencies it takes (ISO 4217); all of them when empty.
    #[serde(default)]
    pub currencies: Vec<Currency>,
    /// Currencies that it doesn't take.
    #[serde(default)]
    pub currencies_never: Vec<Currency>,
    /// The ways to pay that a checkout may name; when empty, it doesn't look.
    #[serde(default)]
    pub methods: Vec<String>,
    /// Methods that pay in these currencies alone; others pay in every one that it takes.
    #[serde(default)]
    pub method_currencies: BTreeMap<String, Vec<Currency>>,
    /// By currency, the minor units of which it writes whole multiples alone, such as 100 for rupiah without sen. Powers of
    /// ten; it writes every amount of other currencies.
    #[serde(default)]
    pub steps: BTreeMap<Currency, i64>,
    /// The tokens there are; when empty, they are its own affair.
    #[serde(default)]
    pub tokens: Vec<String>,
}

/// The provider that only pretends.
pub const SANDBOX: &str = "sandbox";

impl Provider {
    /// Whether no money moves there.
    pub fn is_sandbox(&self) -> bool {
        self.name == SANDBOX
    }

    /// Whether it takes a currency.
    pub fn takes(&self, currency: Currency) -> bool {
        let listed = self.currencies.is_empty() || self.currencies.contains(&currency);
        listed && !self.currencies_never.contains(&currency)
    }

    /// Whether one of its methods pays in a currency that it takes.
    pub fn pays(&self, method: &str, currency: Currency) -> bool {
        self.method_currencies.get(method).is_none_or(|currencies| currencies.contains(&currency))
    }

    /// The least amount that it writes, in minor units, of which every other is a multiple.
    pub fn step(&self, currency: Currency) -> i64 {
        self.steps.get(&currency).copied().unwrap_or(1)
    }
}

/// Every provider that some service can pay through.
pub fn providers() -> impl Iterator<Item = &'static Provider> {
    all().iter().flat_map(|manifest| &manifest.providers)
}

/// The provider of this name, if there is one.
pub fn provider(name: &str) -> Option<&'static Provider> {
    providers().find(|provider| provider.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_takes_what_it_lists_and_not_what_it_never_takes() {
        let takes = |name: &str, code: &str| provider(name).unwrap().takes(code.parse().unwrap());
        assert!(takes("midtrans", "IDR") && !takes("midtrans", "USD"));
        assert!(takes("paypal", "USD") && !takes("paypal", "IDR"));
        assert!(takes("stripe", "IDR") && !takes("stripe", "KPW"));
        assert!(takes("sandbox", "KPW"));
        assert!(provider("bitcoin").is_none());
    }

    #[test]
    fn a_method_may_pay_in_some_currencies_alone() {
        let xendit = provider("xendit").unwrap();
        let pays = |method: &str, code: &str| xendit.pays(method, code.parse().unwrap());
        assert!(pays("qris", "IDR") && !pays("qris", "USD") && pays("card", "USD"));
        for provider in providers() {
            let named = provider.method_currencies.keys();
            let strange: Vec<_> = named.filter(|method| !provider.methods.contains(method)).collect();
            assert!(strange.is_empty(), "{} has no {strange:?}", provider.name);
        }
    }

    #[test]
    fn steps_are_powers_of_ten_so_that_the_greatest_of_several_is_one_of_each() {
        for (provider, step) in providers().flat_map(|p| p.steps.values().map(move |step| (&p.name, *step))) {
            assert!([10, 100, 1_000].contains(&step), "{provider}: {step}");
        }
        let rupiah = "IDR".parse().unwrap();
        assert_eq!(
            ["midtrans", "stripe", "sandbox"].map(|name| provider(name).unwrap().step(rupiah)),
            [100, 1, 1]
        );
    }
}
