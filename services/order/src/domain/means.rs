//! How customers can pay.

use warung_contracts::manifest::Provider;

/// A payment provider that is switched on and takes the shop's currency.
#[derive(Debug, Clone)]
pub struct Means {
    pub provider: &'static Provider,
    /// The ways to pay that a checkout may name; when empty, the provider doesn't look.
    pub methods: Vec<String>,
}
