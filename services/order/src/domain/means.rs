//! How customers can pay.

use warung_contracts::{currency::Currency, manifest::Provider};

/// A payment provider that is switched on and takes the shop's currency.
#[derive(Debug, Clone)]
pub struct Means {
    pub provider: &'static Provider,
    /// The ways to pay that a checkout may name; when empty, the provider doesn't look.
    pub methods: Vec<String>,
}

impl Means {
    /// What of it pays in a currency; none when nothing does.
    pub fn within(mut self, currency: Currency) -> Option<Self> {
        let looks = !self.methods.is_empty();
        self.methods.retain(|method| self.provider.pays(method, currency));
        (self.provider.takes(currency) && looks != self.methods.is_empty()).then_some(self)
    }
}

/// The least amount, in minor units, that can be paid by each of these; totals are multiples of it.
pub fn step(offered: &[Means], currency: Currency) -> i64 {
    offered.iter().map(|means| means.provider.step(currency)).max().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use warung_contracts::manifest;

    use super::*;

    fn means(name: &str) -> Means {
        let provider = manifest::provider(name).unwrap();
        Means { provider, methods: provider.methods.clone() }
    }

    #[test]
    fn what_pays_in_another_currency_is_not_offered() {
        let within = |name: &str, code: &str| means(name).within(code.parse().unwrap());
        assert_eq!(within("xendit", "USD").unwrap().methods, ["invoice", "card"]);
        assert_eq!(within("xendit", "IDR").unwrap().methods, means("xendit").methods);
        assert!(within("midtrans", "USD").is_none());
        assert!(within("sandbox", "USD").unwrap().methods.is_empty());
        let few = Means { methods: vec!["qris".to_owned()], ..means("xendit") };
        assert!(few.within("USD".parse().unwrap()).is_none(), "the shop wants no other");
    }

    #[test]
    fn totals_can_be_paid_whatever_a_customer_chooses() {
        let rupiah = "IDR".parse().unwrap();
        assert_eq!(step(&[means("sandbox"), means("midtrans")], rupiah), 100);
        assert_eq!((step(&[means("sandbox")], rupiah), step(&[], rupiah)), (1, 1));
    }
}
