//! What strangers can send to payment, as functions from bytes. They panic when a promise is broken: a right signature is
//! believed whatever the body, a wrong one never, and nothing makes a parser panic. Run by the crate `fuzz`.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;
use serde_json::Value;
use sha2::{Digest as _, Sha512};
use time::OffsetDateTime;
use warung_chassis::signature;
use warung_contracts::{currency::Currency, money::Money};

use crate::providers::{
    Notice, WebhookError, midtrans, notation,
    paypal::{self, webhook::Certificates},
    sandbox, stripe, xendit,
};

const SECRET: &str = "a secret that only the provider knows";
const NOW: i64 = 1_795_000_000;

fn now() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(NOW)
}

fn secret() -> SecretString {
    SECRET.into()
}

/// One header; none when the value can't be one.
fn header(name: &'static str, value: &[u8]) -> Option<HeaderMap> {
    let value = HeaderValue::from_bytes(value).ok()?;
    Some(HeaderMap::from_iter([(HeaderName::from_static(name), value)]))
}

/// `t=…,v1=…` as Stripe and the sandbox sign.
fn signed(name: &'static str, body: &[u8]) -> HeaderMap {
    let value = signature::sign(&secret(), body, now()).expect("a key of any length is one");
    header(name, value.as_bytes()).expect("it is ASCII")
}

/// The same with one bit turned.
fn tampered(body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    match body.last_mut() {
        Some(byte) => *byte ^= 1,
        None => body.push(0),
    }
    body
}

fn believed<T>(verdict: &Result<T, WebhookError>) -> bool {
    !matches!(verdict, Err(WebhookError::Unsigned(_) | WebhookError::Forged | WebhookError::Stale(_)))
}

fn keep(notice: Result<Notice, WebhookError>) {
    if let Ok(Notice { event_id, .. }) = notice.and_then(Notice::keepable) {
        assert!(!event_id.contains('\0'), "{event_id:?} can't be stored");
    }
}

/// A body of Stripe's, and the value of its signature's header.
pub fn webhook_stripe(data: &[u8]) {
    let secrets = [secret()];
    let check = |headers: &HeaderMap, body: &[u8]| stripe::webhook::verify(&secrets, headers, body, now());
    let headers = signed("stripe-signature", data);
    let verdict = check(&headers, data);
    assert!(believed(&verdict), "{verdict:?}");
    keep(verdict);
    assert!(!believed(&check(&headers, &tampered(data))), "a changed body was believed");
    if let Some(headers) = header("stripe-signature", data) {
        assert!(!believed(&check(&headers, b"{}")), "a made-up signature was believed");
    }
}

/// A body of the sandbox's, and the value of its signature's header.
pub fn webhook_sandbox(data: &[u8]) {
    let key = secret();
    let check = |headers: &HeaderMap, body: &[u8]| sandbox::webhook::verify(&key, headers, body, now());
    let headers = signed(sandbox::webhook::HEADER, data);
    let verdict = check(&headers, data);
    assert!(believed(&verdict), "{verdict:?}");
    assert!(!verdict.is_ok_and(|message| message.event_id.contains('\0')), "it can't be stored");
    assert!(!believed(&check(&headers, &tampered(data))), "a changed body was believed");
    if let Some(headers) = header(sandbox::webhook::HEADER, data) {
        assert!(!believed(&check(&headers, b"{}")), "a made-up signature was believed");
    }
}

/// A body of Midtrans', as it comes and signed.
pub fn webhook_midtrans(data: &[u8]) {
    let key = secret();
    keep(midtrans::webhook::verify(&key, data));
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(data) else { return };
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    let parts = [text("order_id"), text("status_code"), text("gross_amount"), Some(SECRET.to_owned())];
    let Some(parts) = parts.into_iter().collect::<Option<Vec<_>>>() else { return };
    let signature = hex::encode(Sha512::digest(parts.concat()));
    fields.insert("signature_key".to_owned(), signature.into());
    let verdict = midtrans::webhook::verify(&key, Value::Object(fields).to_string().as_bytes());
    assert!(verdict.is_ok(), "{verdict:?}");
    keep(verdict);
}

/// A body of Xendit's, and the value of its token's header.
pub fn webhook_xendit(data: &[u8]) {
    let token = secret();
    let headers = header("x-callback-token", SECRET.as_bytes()).expect("it is ASCII");
    let verdict = xendit::webhook::verify(&token, &headers, data);
    assert!(believed(&verdict), "{verdict:?}");
    keep(verdict);
    if let Some(headers) = header("x-callback-token", data).filter(|_| data != SECRET.as_bytes()) {
        assert!(!believed(&xendit::webhook::verify(&token, &headers, b"{}")), "a made-up token was believed");
    }
}

/// A body of PayPal's, and where it says its certificate is.
pub fn webhook_paypal(data: &[u8]) {
    keep(paypal::webhook::notice(data));
    let Ok(text) = std::str::from_utf8(data) else { return };
    let source = Certificates::trusting("https://api-m.paypal.com", Vec::new()).source(text);
    if source == paypal::webhook::Source::PayPal {
        let host = url::Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_owned));
        assert!(host.is_some_and(|host| format!(".{host}").ends_with(".paypal.com")), "{text}");
    }
}

/// An amount as a company writes it, in each number of decimals that a currency has.
pub fn amount(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for code in ["JPY", "IDR", "KWD"] {
        let currency: Currency = code.parse().expect("ISO 4217");
        let Some(minor) = notation::minor(text, currency.exponent()) else { continue };
        let money = Money::new(minor, currency);
        assert_eq!(notation::minor(&money.decimal(), currency.exponent()), Some(minor), "{text}");
        if let Some(theirs) = stripe::amount::to_stripe(money) {
            assert_eq!(stripe::amount::from_stripe(theirs, code), Some(money), "{text}");
        }
    }
    if let Ok(money) = serde_json::from_str::<Money>(text) {
        let again = serde_json::to_string(&money).expect("it was JSON");
        assert_eq!(serde_json::from_str::<Money>(&again).ok(), Some(money), "{text}");
    }
}
