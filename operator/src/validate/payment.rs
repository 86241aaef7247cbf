//! Ways to pay that a Shop chooses among those of a provider.

use warung_contracts::manifest::Manifest;

use super::Invalid;
use crate::api::ShopSpec;

/// Checks that each provider has the methods that are wanted of it: order would not start with others.
///
/// # Errors
///
/// The first that it has not.
pub fn check(spec: &ShopSpec, manifests: &[Manifest]) -> Result<(), Invalid> {
    for chosen in &spec.payments.providers {
        let provider = chosen.name.as_str();
        let declared = manifests.iter().flat_map(|manifest| &manifest.providers).find(|p| p.name == provider);
        let known = declared.map(|declared| declared.methods.as_slice()).unwrap_or_default();
        if let Some(method) = chosen.methods.iter().find(|method| !known.contains(method)) {
            let (method, known) = (method.clone(), known.join(", "));
            return Err(Invalid::UnknownMethod { provider: provider.to_owned(), method, known });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use warung_contracts::manifest;

    use super::*;

    fn refused(provider: &str, methods: &[&str]) -> Option<String> {
        let spec = json!({
            "version": "0.1.0", "host": "kopi.example.com", "currency": "IDR",
            "payments": {"providers": [{"name": provider, "secretRef": {"name": "keys"}, "methods": methods}]},
        });
        let spec: ShopSpec = serde_json::from_value(spec).unwrap();
        check(&spec, manifest::all()).err().map(|error| error.to_string())
    }

    #[test]
    fn a_method_that_a_provider_has_not_is_named() {
        assert_eq!(refused("midtrans", &["qris", "gopay"]), None);
        assert_eq!(refused("midtrans", &[]), None);
        let told = refused("midtrans", &["qris", "banana"]).unwrap();
        assert!(told.contains("midtrans has no method banana") && told.contains("shopeepay"), "{told}");
        assert!(refused("sandbox", &["card"]).is_some(), "it has nothing to choose among");
    }
}
