//! `X-Twilio-Signature`: base64 of HMAC-SHA1(auth token, URL + names and values of the form, by name). JSON is signed by
//! its SHA-256 in the URL's parameter `bodySHA256`.

use std::collections::BTreeMap;

use aws_lc_rs::{digest, hmac};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// Whether the provider signed this body for this public URL.
pub fn is_signed(token: &SecretString, url: &str, signature: &str, content_type: &str, body: &[u8]) -> bool {
    let Ok(signature) = STANDARD.decode(signature) else { return false };
    let is_form = content_type.starts_with("application/x-www-form-urlencoded");
    let said = if is_form { form(body) } else { String::new() };
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.expose_secret().as_bytes());
    let signed = |url: &str| hmac::verify(&key, format!("{url}{said}").as_bytes(), &signature).is_ok();
    spellings(url).iter().any(|url| signed(url)) && (is_form || is_body_of(url, body))
}

/// Values of a repeated name are told once each, in order.
fn form(body: &[u8]) -> String {
    let mut all: BTreeMap<String, std::collections::BTreeSet<String>> = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        all.entry(name.into_owned()).or_default().insert(value.into_owned());
    }
    all.into_iter()
        .flat_map(|(name, values)| values.into_iter().map(move |value| format!("{name}{value}")))
        .collect()
}

/// The provider may or may not have written the scheme's own port.
fn spellings(url: &str) -> Vec<String> {
    let Ok(parsed) = Url::parse(url) else { return Vec::new() };
    let (Some(host), Some(port)) = (parsed.host_str(), parsed.port_or_known_default()) else {
        return Vec::new();
    };
    let Some(rest) = url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])) else {
        return vec![url.to_owned()];
    };
    let scheme = parsed.scheme();
    match parsed.port() {
        Some(_) => vec![url.to_owned()],
        None => vec![format!("{scheme}://{host}{rest}"), format!("{scheme}://{host}:{port}{rest}")],
    }
}

fn is_body_of(url: &str, body: &[u8]) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let said = url.query_pairs().find(|(name, _)| name == "bodySHA256").map(|(_, value)| value.into_owned());
    said.is_some_and(|said| said == hex::encode(digest::digest(&digest::SHA256, body)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use warung_testbed::outside::contract;

    #[test]
    fn the_vectors_of_the_official_client_are_told_apart() {
        let Some(file) = contract("twilio/signature_vectors.json") else { return };
        let vectors = file["vectors"].as_array().unwrap();
        assert!(vectors.len() >= 21);
        for vector in vectors {
            let text = |field: &str| vector[field].as_str().unwrap_or_default();
            let signed = is_signed(
                &text("auth_token").into(),
                text("url"),
                text("signature"),
                text("content_type"),
                text("body").as_bytes(),
            );
            assert_eq!(signed, text("expect") == "accept", "{}", text("name"));
        }
    }
}
