//! What strangers can send to notification, as functions from bytes. Run by the crate `fuzz`.

use std::sync::OnceLock;

use jiff::tz::TimeZone;
use secrecy::SecretString;

use crate::{
    api::rest::report::{self, TEXT_MAX},
    channels::sms::is_signed,
    domain::{
        channel::Channel,
        language::Language,
        template::{Facts, Kind, Templates},
        unsubscribe::Unsubscriber,
        wording::Wording,
    },
};

/// Bytes of a message at most, whatever it was made of.
const MESSAGE_MAX: usize = 2 * 1024 * 1024;

/// A message in a shop's own words, the subject in the first line: what is taken can be told, and is short.
pub fn wording(data: &[u8]) {
    static TEMPLATES: OnceLock<Templates> = OnceLock::new();
    let templates =
        TEMPLATES.get_or_init(|| Templates::new(TimeZone::UTC).expect("the built-in ones are right"));
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (subject, body) = text.split_once('\n').unwrap_or(("Hello", text));
    let wording = Wording { subject: subject.to_owned(), body: body.to_owned() };
    let kind =
        Kind { event_type: "warung.order.placed.v1", channel: Channel::Email, language: Language::English };
    let facts =
        Facts { shop: "Kopi", reader: "customer", name: "Siti", number: "KOPI-1", ..Facts::default() };
    if templates.check(kind, &wording, facts).is_ok() {
        let text = templates.preview(kind, Some(&wording), facts).expect("what was checked can be told");
        let html = text.html.unwrap_or_default();
        assert!([text.subject, text.body, html].iter().all(|part| part.len() <= MESSAGE_MAX), "{wording:?}");
    }
}

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
