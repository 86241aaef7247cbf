//! Signed messages between Warung and those who agree with it on a secret:
//! `Warung-Signature: t=<unix seconds>,v1=<hex of HMAC-SHA256(secret, t + "." + body)>`.

use axum::http::HeaderMap;
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use time::OffsetDateTime;

/// The header of the signature.
pub const HEADER: &str = "warung-signature";
/// How old or early a signature may be, in minutes: an old one may be a replay.
const WINDOW_MINUTES: i64 = 5;

/// Why a message is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("it is not signed: {0}")]
    Unsigned(&'static str),
    #[error("its signature is of another secret or of another body")]
    Forged,
    #[error("its signature is older or newer than {0} minutes")]
    Stale(i64),
}

/// Checks the signature of a raw body.
///
/// # Errors
///
/// As [`SignatureError`] says.
pub fn verify(
    secret: &SecretString,
    headers: &HeaderMap,
    body: &[u8],
    now: OffsetDateTime,
) -> Result<(), SignatureError> {
    verify_in((HEADER, "send Warung-Signature: t=…,v1=…"), secret, headers, body, now)
}

/// As [`verify`], for those who have a header of their own: its name in lower case, and what to tell who sends none.
///
/// # Errors
///
/// As [`SignatureError`] says.
pub fn verify_in(
    (name, hint): (&str, &'static str),
    secret: &SecretString,
    headers: &HeaderMap,
    body: &[u8],
    now: OffsetDateTime,
) -> Result<(), SignatureError> {
    let unsigned = SignatureError::Unsigned;
    let header = headers.get(name).ok_or(unsigned(hint))?;
    let header = header.to_str().map_err(|_| unsigned("the header is no text"))?;
    let part =
        |name: &str| header.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
    let signed_at = part("t").ok_or(unsigned("t is missing"))?;
    let signature = part("v1").ok_or(unsigned("v1 is missing"))?;
    let signature = hex::decode(signature).map_err(|_| unsigned("v1 is not hexadecimal"))?;
    // In constant time; the age only after it, so that the clock of a forger tells nothing.
    mac(secret, signed_at, body)?.verify_slice(&signature).map_err(|_| SignatureError::Forged)?;
    let signed_at: i64 = signed_at.parse().map_err(|_| unsigned("t is no number of seconds"))?;
    match now.unix_timestamp().saturating_sub(signed_at).saturating_abs() > WINDOW_MINUTES * 60 {
        true => Err(SignatureError::Stale(WINDOW_MINUTES)),
        false => Ok(()),
    }
}

/// The value of the header for a body that is signed now.
///
/// # Errors
///
/// When the secret can't be a key, which HMAC takes of any length.
pub fn sign(secret: &SecretString, body: &[u8], now: OffsetDateTime) -> Result<String, SignatureError> {
    let signed_at = now.unix_timestamp().to_string();
    let signature = mac(secret, &signed_at, body)?.finalize().into_bytes();
    Ok(format!("t={signed_at},v1={}", hex::encode(signature)))
}

fn mac(secret: &SecretString, signed_at: &str, body: &[u8]) -> Result<Hmac<Sha256>, SignatureError> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes());
    let mac = mac.map_err(|_| SignatureError::Unsigned("the secret can't be a key"))?;
    Ok(mac.chain_update(signed_at).chain_update(".").chain_update(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds).unwrap()
    }

    fn check(signed_at: i64, secret: &str, signed: &str, sent: &str) -> Result<(), SignatureError> {
        let value = sign(&secret.into(), signed.as_bytes(), at(signed_at)).unwrap();
        let headers = HeaderMap::from_iter([(HEADER.parse().unwrap(), value.parse().unwrap())]);
        verify(&"secret".into(), &headers, sent.as_bytes(), at(NOW))
    }

    #[test]
    fn what_is_signed_is_believed_for_a_while() {
        assert_eq!(check(NOW, "secret", "{}", "{}"), Ok(()));
        assert_eq!(check(NOW - 300, "secret", "{}", "{}"), Ok(()));
        assert_eq!(check(NOW + 300, "secret", "{}", "{}"), Ok(()));
        assert_eq!(check(NOW - 301, "secret", "{}", "{}"), Err(SignatureError::Stale(5)));
        assert_eq!(check(NOW + 301, "secret", "{}", "{}"), Err(SignatureError::Stale(5)));
    }

    #[test]
    fn what_is_forged_or_changed_by_a_byte_is_not() {
        assert_eq!(check(NOW, "guess", "{}", "{}"), Err(SignatureError::Forged));
        assert_eq!(check(NOW, "secret", "{}", "{} "), Err(SignatureError::Forged));
        assert_eq!(check(NOW - 301, "guess", "{}", "{}"), Err(SignatureError::Forged));
    }

    #[test]
    fn a_header_that_is_no_signature_says_why() {
        for (value, why) in
            [("v1=00", "t is missing"), ("t=1", "v1 is missing"), ("t=1,v1=xyz", "v1 is not hexadecimal")]
        {
            let headers = HeaderMap::from_iter([(HEADER.parse().unwrap(), value.parse().unwrap())]);
            let refused = verify(&"secret".into(), &headers, b"", at(NOW));
            assert_eq!(refused, Err(SignatureError::Unsigned(why)));
        }
        let none = verify(&"secret".into(), &HeaderMap::new(), b"", at(NOW));
        assert!(matches!(none, Err(SignatureError::Unsigned(_))));
    }
}
