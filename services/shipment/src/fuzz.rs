//! What strangers can send to shipment, as functions from bytes. Run by the crate `fuzz`.

use axum::http::HeaderMap;
use time::OffsetDateTime;
use warung_chassis::signature::{self, HEADER};

use crate::{
    carriers::{Carrier as _, WebhookError, sandbox::Sandbox},
    domain::quote::{Quote, Refusal},
    seal::Seal,
};

/// A body of the carrier's: what is rightly signed is believed and can be stored, what is changed is not.
pub fn webhook_carrier(data: &[u8]) {
    let carrier = Sandbox { step: None, books: false, secret: "a secret".into() };
    let now = OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000);
    let signature = signature::sign(&carrier.secret, data, now).expect("a key of any length is one");
    let headers = HeaderMap::from_iter([(
        HEADER.parse().expect("it is a name"),
        signature.parse().expect("it is ASCII"),
    )]);
    match carrier.webhook(&headers, data, now) {
        Ok(scans) => assert!(scans.iter().all(|scan| !scan.key.contains('\0')), "it can't be stored"),
        Err(error) => assert!(matches!(error, WebhookError::Malformed(_)), "{error}"),
    }
    let more = [data, b" "].concat();
    assert!(carrier.webhook(&headers, &more, now).is_err(), "a changed body was believed");
}

/// A quote's token, and the quote inside one.
pub fn quote_token(data: &[u8]) {
    let seal = Seal::new(&"a key".into()).expect("a key of any length is one");
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(quote) = seal.open(text) {
        assert_eq!(seal.seal(&quote).ok().as_deref(), Some(text), "another token means the same");
    }
    let Ok(quote) = serde_json::from_str::<Quote>(text) else { return };
    let token = seal.seal(&quote).expect("it was JSON");
    // A long name makes a longer token than is ever read.
    assert!(matches!(seal.open(&token), Ok(read) if read == quote) || token.len() > 4096, "{text}");
    let other = Seal::new(&"another key".into()).expect("a key of any length is one");
    assert_eq!(other.open(&token), Err(Refusal::Invalid), "a forged quote was believed");
}
