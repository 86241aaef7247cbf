//! Whether a means of payment can pay here: refused at the door, an order that nobody could ever pay is not placed.

use warung_chassis::{error::Kind, http::Problem};
use warung_contracts::money::Money;

use super::body::Payment;
use crate::domain::means::Means;

/// Checks what a checkout names against what this shop offers.
///
/// # Errors
///
/// The field that can't be, and what to write instead.
pub fn check(payment: &Payment, offered: &[Means]) -> Result<(), Problem> {
    match fault(payment, offered) {
        Some((field, detail)) => Err(Problem::field(field, detail)),
        None => Ok(()),
    }
}

/// Checks that a provider writes a total: prices in parts of what it takes make totals that it doesn't.
///
/// # Errors
///
/// `total-not-payable`, with what it takes.
pub fn check_total(payment: &Payment, total: Money, offered: &[Means]) -> Result<(), Problem> {
    let step = offered.iter().find(|means| means.provider.name == payment.provider);
    let step = step.map_or(1, |means| means.provider.step(total.currency));
    if total.amount_minor % step == 0 {
        return Ok(());
    }
    let (name, step) = (&payment.provider, Money::new(step, total.currency));
    Err(Problem::typed(
        Kind::Unprocessable,
        "total-not-payable",
        format!(
            "{total} can't be paid with {name}, which takes multiples of {step}. Choose another way to pay."
        ),
    ))
}

/// The field that can't be, and why.
fn fault(payment: &Payment, offered: &[Means]) -> Option<(&'static str, String)> {
    let Some(means) = offered.iter().find(|means| means.provider.name == payment.provider) else {
        let names: Vec<&str> = offered.iter().map(|means| means.provider.name.as_str()).collect();
        let detail = format!("is not offered by this shop; write one of: {}", names.join(", "));
        return Some(("payment.provider", detail));
    };
    let unknown = |value: &Option<String>, known: &[String]| {
        let strange = value.as_ref().filter(|value| !known.is_empty() && !known.contains(*value))?;
        let name = &means.provider.name;
        Some(format!("{strange:?} is not offered with {name}; write one of: {}", known.join(", ")))
    };
    let method = unknown(&payment.method, &means.methods).map(|detail| ("payment.method", detail));
    method.or_else(|| unknown(&payment.token, &means.provider.tokens).map(|detail| ("payment.token", detail)))
}

#[cfg(test)]
mod tests {
    use warung_contracts::manifest;

    use super::*;

    fn by(provider: &str, token: Option<&str>, method: Option<&str>) -> Payment {
        let (token, method) = (token.map(str::to_owned), method.map(str::to_owned));
        Payment { provider: provider.to_owned(), token, method, return_url: None }
    }

    fn refused(payment: &Payment) -> Option<(&'static str, String)> {
        let provider = |name| manifest::provider(name).unwrap();
        let few = vec!["qris".to_owned(), "card".to_owned()];
        let offered = [
            Means { provider: provider("sandbox"), methods: Vec::new() },
            Means { provider: provider("midtrans"), methods: few },
        ];
        fault(payment, &offered)
    }

    #[test]
    fn what_can_pay_here_passes() {
        for payment in [
            by("sandbox", Some("tok_success"), None),
            by("sandbox", None, None),
            by("midtrans", None, Some("qris")),
            by("midtrans", Some("any token of theirs"), Some("card")),
        ] {
            assert_eq!(refused(&payment), None, "{payment:?}");
        }
    }

    #[test]
    fn a_total_in_sen_is_refused_where_rupiah_are_whole() {
        let offered = ["midtrans", "sandbox"]
            .map(|name| Means { provider: manifest::provider(name).unwrap(), methods: Vec::new() });
        let pays = |provider: &str, minor: i64| {
            let total = Money::new(minor, "IDR".parse().unwrap());
            check_total(&by(provider, None, None), total, &offered).is_ok()
        };
        assert!(pays("midtrans", 2_504_100) && !pays("midtrans", 2_504_150) && pays("sandbox", 2_504_150));
    }

    #[test]
    fn what_can_never_pay_is_refused_by_its_field() {
        let cases = [
            (by("sandbox", Some("tok_nonsense"), None), "payment.token"),
            (by("midtrans", None, Some("banana")), "payment.method"),
            // Midtrans has it; the shop doesn't want it.
            (by("midtrans", None, Some("gopay")), "payment.method"),
            (by("paypal", None, None), "payment.provider"),
            (by("stripe", None, None), "payment.provider"),
        ];
        for (payment, field) in cases {
            assert_eq!(refused(&payment).map(|(field, _)| field), Some(field), "{payment:?}");
        }
        let (_, detail) = refused(&by("paypal", None, None)).unwrap();
        assert!(detail.ends_with("sandbox, midtrans"), "{detail}");
    }
}
