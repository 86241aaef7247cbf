//! How a shop's customers can pay, and whether what one of them chose can: at checkout, and when they take another way.

use super::{Provider, provider, providers};
use crate::{currency::Currency, event::PaymentChoice, money::Money};

/// A payment provider that is switched on.
#[derive(Debug, Clone)]
pub struct Means {
    pub provider: &'static Provider,
    /// The ways to pay that a customer may name; when empty, the provider doesn't look.
    pub methods: Vec<String>,
}

/// Why nothing can be paid so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unpayable {
    /// A field of the choice (`provider`, `method` or `token`) can't be, and what to write instead.
    #[error("{0} {1}")]
    Field(&'static str, String),
    /// The provider can't write the amount, and what it takes.
    #[error(
        "{total} can't be paid with {provider}, which takes multiples of {step}. Choose another way to pay."
    )]
    Total { total: Money, provider: String, step: Money },
}

impl Means {
    /// What of it pays in a currency; none when nothing does.
    pub fn within(mut self, currency: Currency) -> Option<Self> {
        let looks = !self.methods.is_empty();
        self.methods.retain(|method| self.provider.pays(method, currency));
        (self.provider.takes(currency) && looks != self.methods.is_empty()).then_some(self)
    }

    fn knows(&self, choice: &PaymentChoice) -> Result<(), Unpayable> {
        let fields =
            [("method", &choice.method, &self.methods), ("token", &choice.token, &self.provider.tokens)];
        for (field, value, known) in fields {
            let strange = value.as_ref().filter(|value| !known.is_empty() && !known.contains(*value));
            if let Some(strange) = strange {
                let (name, known) = (&self.provider.name, known.join(", "));
                let detail = format!("{strange:?} is not offered with {name}; write one of: {known}");
                return Err(Unpayable::Field(field, detail));
            }
        }
        Ok(())
    }
}

/// The providers of these names, each with the methods that `chosen` gives for its variable, or all it has where that gives
/// none; and what is wrong with the names and methods.
pub fn means(names: &[String], mut chosen: impl FnMut(&str) -> Vec<String>) -> (Vec<Means>, Vec<String>) {
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    for name in names {
        let Some(provider) = provider(name) else {
            let known: Vec<&str> = providers().map(|provider| provider.name.as_str()).collect();
            let known = known.join(", ");
            faults.push(format!("WARUNG_PAYMENT_PROVIDERS names {name:?}; the providers there are: {known}"));
            continue;
        };
        let variable = format!("WARUNG_{}_METHODS", name.to_uppercase());
        let methods = if provider.methods.is_empty() { Vec::new() } else { chosen(&variable) };
        for unknown in methods.iter().filter(|method| !provider.methods.contains(method)) {
            faults.push(format!("{variable} names {unknown:?}; there are: {}", provider.methods.join(", ")));
        }
        let methods = if methods.is_empty() { provider.methods.clone() } else { methods };
        all.push(Means { provider, methods });
    }
    (all, faults)
}

/// Checks what a customer chose against what this shop offers.
///
/// # Errors
///
/// The field that can't be, and what to write instead.
pub fn check_choice(choice: &PaymentChoice, offered: &[Means]) -> Result<(), Unpayable> {
    match offered.iter().find(|means| means.provider.name == choice.provider) {
        Some(means) => means.knows(choice),
        None => {
            let names: Vec<&str> = offered.iter().map(|means| means.provider.name.as_str()).collect();
            let detail = format!("is not offered by this shop; write one of: {}", names.join(", "));
            Err(Unpayable::Field("provider", detail))
        }
    }
}

/// Checks that the provider of a choice writes a total: prices in parts of what it takes make totals that it doesn't.
///
/// # Errors
///
/// What it takes.
pub fn check_total(choice: &PaymentChoice, total: Money) -> Result<(), Unpayable> {
    let step = provider(&choice.provider).map_or(1, |provider| provider.step(total.currency));
    if total.amount_minor % step == 0 {
        return Ok(());
    }
    let (provider, step) = (choice.provider.clone(), Money::new(step, total.currency));
    Err(Unpayable::Total { total, provider, step })
}

/// The least amount, in minor units, that can be paid by each of these; totals are multiples of it.
pub fn step(offered: &[Means], currency: Currency) -> i64 {
    offered.iter().map(|means| means.provider.step(currency)).max().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(name: &str) -> Means {
        let provider = provider(name).unwrap();
        Means { provider, methods: provider.methods.clone() }
    }

    fn by(provider: &str, token: Option<&str>, method: Option<&str>) -> PaymentChoice {
        let (token, method) = (token.map(str::to_owned), method.map(str::to_owned));
        PaymentChoice { token, method, ..PaymentChoice::of(provider) }
    }

    fn refused(choice: &PaymentChoice) -> Result<(), Unpayable> {
        let few = vec!["qris".to_owned(), "card".to_owned()];
        check_choice(choice, &[offered("sandbox"), Means { methods: few, ..offered("midtrans") }])
    }

    #[test]
    fn what_pays_in_another_currency_is_not_offered() {
        let within = |name: &str, code: &str| offered(name).within(code.parse().unwrap());
        assert_eq!(within("xendit", "USD").unwrap().methods, ["invoice", "card"]);
        assert_eq!(within("xendit", "IDR").unwrap().methods, offered("xendit").methods);
        assert!(within("midtrans", "USD").is_none());
        assert!(within("sandbox", "USD").unwrap().methods.is_empty());
        let few = Means { methods: vec!["qris".to_owned()], ..offered("xendit") };
        assert!(few.within("USD".parse().unwrap()).is_none(), "the shop wants no other");
    }

    #[test]
    fn totals_can_be_paid_whatever_a_customer_chooses() {
        let rupiah = "IDR".parse().unwrap();
        assert_eq!(step(&[offered("sandbox"), offered("midtrans")], rupiah), 100);
        assert_eq!((step(&[offered("sandbox")], rupiah), step(&[], rupiah)), (1, 1));
    }

    #[test]
    fn a_shop_chooses_among_a_providers_methods_and_names_no_others() {
        let names = ["sandbox", "midtrans", "bitcoin"].map(str::to_owned);
        let (all, faults) = means(&names, |variable| {
            assert_eq!(variable, "WARUNG_MIDTRANS_METHODS");
            vec!["qris".to_owned(), "banana".to_owned()]
        });
        assert_eq!(all.len(), 2);
        assert_eq!(faults.len(), 2, "{faults:?}");
        let (all, faults) = means(&names[..2], |_| Vec::new());
        assert_eq!((all[1].methods.clone(), faults), (offered("midtrans").methods, vec![]));
    }

    #[test]
    fn what_can_pay_here_passes() {
        for choice in [
            by("sandbox", Some("tok_success"), None),
            by("sandbox", None, None),
            by("midtrans", None, Some("qris")),
            by("midtrans", Some("any token of theirs"), Some("card")),
        ] {
            assert_eq!(refused(&choice), Ok(()), "{choice:?}");
        }
    }

    #[test]
    fn what_can_never_pay_is_refused_by_its_field() {
        let cases = [
            (by("sandbox", Some("tok_nonsense"), None), "token"),
            (by("midtrans", None, Some("banana")), "method"),
            // Midtrans has it; the shop doesn't want it.
            (by("midtrans", None, Some("gopay")), "method"),
            (by("paypal", None, None), "provider"),
            (by("stripe", None, None), "provider"),
        ];
        for (choice, wrong) in cases {
            let refused = refused(&choice);
            assert!(matches!(refused, Err(Unpayable::Field(field, _)) if field == wrong), "{refused:?}");
        }
        let detail = refused(&by("paypal", None, None)).unwrap_err().to_string();
        assert!(detail.ends_with("sandbox, midtrans"), "{detail}");
    }

    #[test]
    fn a_total_in_sen_is_refused_where_rupiah_are_whole() {
        let pays = |name: &str, minor: i64| {
            check_total(&by(name, None, None), Money::new(minor, "IDR".parse().unwrap())).is_ok()
        };
        assert!(pays("midtrans", 2_504_100) && !pays("midtrans", 2_504_150) && pays("sandbox", 2_504_150));
    }
}
