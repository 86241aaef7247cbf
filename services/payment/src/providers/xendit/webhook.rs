//! Callbacks: `x-callback-token` must be the account's. It does not cover the body, which only says what to ask about.

use axum::http::HeaderMap;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use warung_contracts::{currency::Currency, money::Money};

use super::wire::Amount;
use crate::providers::{About, Notice, WebhookError, notation};

const HEADER: &str = "x-callback-token";

/// Of an invoice (flat), or of v3 (an event with data, which one of their examples nests twice).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Callback {
    event: Option<String>,
    data: Option<Box<Callback>>,
    id: Option<String>,
    status: Option<String>,
    external_id: Option<String>,
    reference_id: Option<String>,
    payment_id: Option<String>,
    payment_request_id: Option<String>,
    invoice_id: Option<String>,
    /// Of an invoice.
    paid_amount: Option<Amount>,
    currency: Option<String>,
}

/// Checks the token, then says of what the callback speaks.
///
/// # Errors
///
/// As [`WebhookError`] says.
pub fn verify(token: &SecretString, headers: &HeaderMap, body: &[u8]) -> Result<Notice, WebhookError> {
    let sent = headers.get(HEADER).filter(|value| !value.is_empty());
    let sent = sent.ok_or(WebhookError::Unsigned("send x-callback-token"))?;
    if !notation::same(token.expose_secret().as_bytes(), sent.as_bytes()) {
        return Err(WebhookError::Forged);
    }
    let told: Callback =
        serde_json::from_slice(body).map_err(|error| WebhookError::Malformed(error.to_string()))?;
    let event = told.event.clone();
    let innermost =
        std::iter::successors(Some(&told), |callback| callback.data.as_deref()).last().unwrap_or(&told);
    let Some(event_id) = event_id(event.as_deref(), innermost) else {
        return Err(WebhookError::Malformed("it names neither an invoice nor a payment".to_owned()));
    };
    Ok(Notice { event_id, about: about(innermost), reported: reported(innermost), dispute: None })
}

/// What was paid of an invoice; asked for it, they only say what it is of.
fn reported(told: &Callback) -> Option<Money> {
    let currency: Currency = told.currency.as_deref()?.parse().ok()?;
    let minor = told.paid_amount.as_ref()?.minor(currency.exponent())?;
    Some(Money::new(minor, currency))
}

/// The same thing told again has the same id, although `webhook-id` may differ.
fn event_id(event: Option<&str>, told: &Callback) -> Option<String> {
    let own = told.payment_id.as_ref().filter(|_| event.is_some_and(|event| event.starts_with("payment.")));
    let id = own.or(told.id.as_ref()).or(told.payment_request_id.as_ref())?;
    let status = told.status.as_deref().unwrap_or_default();
    Some(format!("{}:{id}:{status}", event.unwrap_or("invoice")))
}

fn about(told: &Callback) -> About {
    let name = told.external_id.as_ref().or(told.reference_id.as_ref());
    let invoice = told.id.as_ref().filter(|_| told.external_id.is_some());
    let theirs = told.payment_request_id.as_ref().or(told.invoice_id.as_ref()).or(invoice).cloned();
    match (name.and_then(|name| notation::payment(name)), theirs) {
        (Some(payment), Some(reference)) => About::Request { payment, reference },
        (Some(payment), None) => About::Payment(payment),
        // A refund carries a name of its own.
        (None, Some(reference)) => About::Reference(reference),
        (None, None) => About::Nothing,
    }
}
