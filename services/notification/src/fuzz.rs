//! What strangers can send to notification, as functions from bytes. Run by the crate `fuzz`.

use secrecy::SecretString;

use crate::{
    api::rest::report::{self, TEXT_MAX},
    channels::sms::is_signed,
    domain::unsubscribe::Unsubscriber,
};

/// The token of a link that unsubscribes: only what was given out is taken, to the letter.
pub fn unsubscribe_token(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let unsubscriber = Unsubscriber::new(&"a key".into()).expect("a key of any length is one");
    if let Some(choice) = unsubscriber.read(text) {
        assert_eq!(unsubscriber.token(choice), text);
    }
}

/// The body of a bounce: what is taken can be stored.
pub fn webhook_bounce(data: &[u8]) {
    if let Ok(bounce) = report::bounce(data) {
        let texts = [&bounce.key, &bounce.address, &bounce.detail];
        assert!(texts.iter().all(|text| !text.contains('\0')), "{bounce:?} can't be stored");
        assert!(!bounce.address.is_empty() && bounce.address.len() <= TEXT_MAX, "{bounce:?}");
    }
}

/// A status callback of text messages, and its signature: nobody makes one up, and what is taken can be stored.
pub fn webhook_twilio(data: &[u8]) {
    if let Ok(Some(status)) = report::status(data) {
        let texts = [Some(&status.id), status.detail.as_ref()];
        assert!(texts.iter().flatten().all(|text| !text.contains('\0')), "{status:?} can't be stored");
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let token = SecretString::from("a token that only the provider knows");
    let url = "https://shop.example/api/v1/notifications/webhooks/twilio";
    let form = "application/x-www-form-urlencoded";
    assert!(!is_signed(&token, url, text, form, b"MessageSid=SM1"), "a made-up signature was believed");
    assert!(!is_signed(&token, url, "", text, data), "a body without a signature was believed");
    assert!(!is_signed(&token, text, "AAAA", form, data), "a short signature was believed");
}
