//! Who we are to push services: RFC 8292.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use p256::{SecretKey, elliptic_curve::sec1::ToEncodedPoint as _, pkcs8::DecodePrivateKey as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use url::Url;

/// How long a token is good; RFC 8292 allows a day.
const TTL: Duration = Duration::hours(12);

/// Our key pair.
pub struct Vapid {
    key: EncodingKey,
    /// The point, uncompressed, base64url: what browsers subscribe with.
    pub public: String,
    /// `mailto:` or `https:`, for the push service's operator.
    subject: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    aud: String,
    exp: i64,
    sub: String,
}

impl Vapid {
    /// By this private key (PKCS#8, PEM).
    ///
    /// # Errors
    ///
    /// When it is no P-256 key.
    pub fn new(pem: &SecretString, subject: String) -> anyhow::Result<Self> {
        let pem = pem.expose_secret();
        let wrong = || anyhow::anyhow!("it is no P-256 key in PKCS#8 PEM");
        let key = SecretKey::from_pkcs8_der(&der(pem).ok_or_else(wrong)?).map_err(|_| wrong())?;
        let public = URL_SAFE_NO_PAD.encode(key.public_key().to_encoded_point(false).as_bytes());
        Ok(Self { key: EncodingKey::from_ec_pem(pem.as_bytes())?, public, subject })
    }

    /// The value of the header `Authorization` for an endpoint.
    ///
    /// # Errors
    ///
    /// When nothing can be signed.
    pub fn authorization(&self, endpoint: &Url, now: OffsetDateTime) -> jsonwebtoken::errors::Result<String> {
        let aud = endpoint.origin().ascii_serialization();
        let claims = Claims { aud, exp: (now + TTL).unix_timestamp(), sub: self.subject.clone() };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, &self.key)?;
        Ok(format!("vapid t={token},k={}", self.public))
    }
}

/// What a PEM file holds, however its lines are broken.
fn der(pem: &str) -> Option<Vec<u8>> {
    let body = pem.trim().strip_prefix("-----BEGIN PRIVATE KEY-----")?;
    let body = body.strip_suffix("-----END PRIVATE KEY-----")?;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}

impl std::fmt::Debug for Vapid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vapid({})", self.public)
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation};
    use warung_contracts::manifest::SecretKind;

    use super::*;
    use warung_testbed::outside::contract;

    /// A push service's check, as RFC 8292 asks for it: proven by the vectors, then turned on ourselves.
    fn is_accepted(authorization: &str, audience: &str, now: i64, expected_key: Option<&str>) -> bool {
        let part = |name: &str| {
            let parts = authorization.strip_prefix("vapid ")?;
            parts.split(',').find_map(|part| part.trim().strip_prefix(name))
        };
        let (Some(token), Some(key)) = (part("t="), part("k=")) else { return false };
        if expected_key.is_some_and(|expected| expected != key) {
            return false;
        }
        let point = URL_SAFE_NO_PAD.decode(key).unwrap();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
        let mut rules = Validation::new(Algorithm::ES256);
        // The time is the vector's.
        (rules.validate_exp, rules.validate_aud) = (false, false);
        let key = DecodingKey::from_ec_components(&x, &y).unwrap();
        let Ok(data) = jsonwebtoken::decode::<Claims>(token, &key, &rules) else { return false };
        let Claims { aud, exp, sub } = data.claims;
        aud == audience
            && exp > now
            && exp <= now + 86_400
            && (sub.starts_with("mailto:") || sub.starts_with("https:"))
    }

    #[test]
    fn the_vectors_are_told_apart_and_ours_is_accepted() {
        let Some(file) = contract("fcm/webpush_vectors.json") else { return };
        let public = file["vapid_public_key"].as_str();
        for vector in file["vapid"].as_array().unwrap() {
            let text = |field: &str| vector[field].as_str().unwrap();
            let now = vector["now"].as_i64().unwrap();
            let accepted = is_accepted(text("authorization"), text("audience"), now, public);
            assert_eq!(accepted, text("expect") == "accept", "{}", text("name"));
        }
        let pem = SecretKind::Es256PrivateKey.example().into();
        let ours = Vapid::new(&pem, "mailto:ops@shop.example".into()).unwrap();
        let now = OffsetDateTime::from_unix_timestamp(1_795_000_000).unwrap();
        let endpoint: Url = "https://push.example.net:8443/send/abc?x=1".parse().unwrap();
        let header = ours.authorization(&endpoint, now).unwrap();
        let at = |audience| is_accepted(&header, audience, now.unix_timestamp(), Some(&ours.public));
        assert!(at("https://push.example.net:8443"), "{header}");
        assert!(!at("https://push.example.net"));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert!(Vapid::new(&"nonsense".into(), "mailto:a@b.example".into()).is_err());
    }
}
