//! Payments and webhooks for the tests of adapters.

use axum::http::{HeaderMap, HeaderName};
use serde_json::Value;
use time::{Duration, OffsetDateTime, macros::datetime};
use warung_contracts::{
    id::{OrderId, PaymentId, UserId},
    manifest,
    money::Money,
};

use super::{Refused, WebhookError};
use crate::domain::Payment;

/// When the tests take place.
pub const NOW: OffsetDateTime = datetime!(2026-11-20 08:15:30 UTC);

/// A payment that is being opened.
pub fn payment(amount_minor: i64, currency: &str) -> Payment {
    let id = uuid::Uuid::from_u128(1);
    let amount = Money::new(amount_minor, currency.parse().unwrap());
    let expires_at = NOW + Duration::minutes(30);
    let payment = Payment::of_order(PaymentId(id), (OrderId(id), UserId(id)), amount, NOW);
    Payment { provider: "any".to_owned(), expires_at, ..payment }
}

/// The headers of a vector.
pub fn headers(vector: &Value) -> HeaderMap {
    let fields = vector["headers"].as_object().unwrap();
    let header = |(name, value): (&String, &Value)| {
        (name.parse::<HeaderName>().unwrap(), value.as_str().unwrap().parse().unwrap())
    };
    fields.iter().map(header).collect()
}

/// The vectors of a file, each with its name and whether it is to be accepted.
pub fn vectors(file: &Value) -> Vec<(&str, bool, &Value)> {
    let all = file["vectors"].as_array().unwrap();
    all.iter()
        .map(|vector| (vector["name"].as_str().unwrap(), vector["expect"] == "accept", vector))
        .collect()
}

/// Whether a verdict is the wanted one: taken, or refused for its signature.
pub fn check<T: std::fmt::Debug>(name: &str, accept: bool, verdict: &Result<T, WebhookError>) {
    match verdict {
        Ok(_) => assert!(accept, "{name} was taken"),
        Err(WebhookError::Unsigned(_) | WebhookError::Forged) => assert!(!accept, "{name} was refused"),
        Err(other) => panic!("{name}: {other}"),
    }
}

/// Holds what the manifest says of a provider against its adapter: what is declared is taken, and nothing else.
pub fn as_declared(name: &str, accepts: impl Fn(&Payment) -> Result<(), Refused>) {
    let declared = manifest::provider(name).expect("the manifest has it");
    let refusal = |payment: &Payment| accepts(payment).err().map(|refused| refused.code);
    for code in ["IDR", "USD", "EUR", "JPY", "PHP", "THB", "KWD", "KPW", "VES", "GHS"] {
        // Whole in every currency.
        let payment = payment(1_000_000, code);
        let taken = refusal(&payment).as_deref() != Some("currency_not_supported");
        assert_eq!(taken, declared.takes(payment.amount.currency), "{name} and {code}");
    }
    let currency =
        declared.currencies.first().map_or("IDR".to_owned(), |currency| currency.code().to_owned());
    let by = |method: &str| {
        let own = declared.method_currencies.get(method).and_then(|currencies| currencies.first());
        let currency = own.map_or(currency.as_str(), |own| own.code());
        Payment { method: Some(method.to_owned()), ..payment(1_000_000, currency) }
    };
    for method in &declared.methods {
        assert_eq!(refusal(&by(method)), None, "{name} by {method}");
    }
    assert_eq!(refusal(&by("banana")).as_deref(), Some("method_not_supported"));
    for code in ["IDR", "USD", "HUF", "TWD", "JPY", "KWD", "MGA", "VND"] {
        let (step, more) = (declared.step(code.parse().unwrap()), |more| payment(1_000_000 + more, code));
        if declared.takes(more(0).amount.currency) {
            let written = |more: Payment| refusal(&more).as_deref() != Some("amount_not_expressible");
            assert!(written(more(step)), "{name} and {code}: {step}");
            assert_eq!(written(more(1)), step == 1, "{name} and {code}: 1");
        }
    }
}
