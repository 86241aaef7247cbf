//! Payment providers, as those must know them who let somebody choose one.

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
    /// The tokens there are; when empty, they are its own affair.
    #[serde(default)]
    pub tokens: Vec<String>,
}

impl Provider {
    /// Whether it takes a currency.
    pub fn takes(&self, currency: Currency) -> bool {
        let listed = self.currencies.is_empty() || self.currencies.contains(&currency);
        listed && !self.currencies_never.contains(&currency)
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
}
