//! What of a Shop the gateway's configuration depends on, whichever gateway it is.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use p256::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePublicKey, LineEnding};
use p256::{FieldBytes, PublicKey, SecretKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use warung_contracts::keyring;
use warung_contracts::manifest::RateClass;

use crate::objects::names;
use crate::validate::ValidShop;

/// The values of one Shop that go into the gateway's configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who signs the tokens: `https://<host>`.
    pub issuer: String,
    /// The keys that the tokens' signatures are checked with: the current one, the next, those that retire.
    pub token_keys: Vec<TokenKey>,
    /// Origins whose pages may call, as browsers send them (`https://kopi.example.com`); `*` means any.
    pub cors_origins: Vec<String>,
    /// How long a browser remembers what a preflight said, in seconds.
    pub cors_max_age_seconds: u32,
    /// Requests per minute and client address, for each class.
    pub limits: BTreeMap<RateClass, u32>,
    /// The largest request body, in bytes.
    pub body_bytes_max: u64,
    /// Whether a certificate is mounted: then HTTP redirects to HTTPS.
    pub tls: bool,
    /// Where the replicas of the gateway count together, when they can: host and port of the Shop's Redis.
    pub redis: Option<(String, u16)>,
    /// Where traces go by OTLP over gRPC: host and port.
    pub tracing: Option<(String, u16)>,
}

/// The port of Redis (IANA).
pub const REDIS_PORT: u16 = 6379;

impl Settings {
    /// The settings of a Shop.
    pub fn of(shop: &ValidShop, token_keys: Vec<TokenKey>) -> Self {
        let gateway = &shop.gateway;
        // A replica of its own counts exactly without asking; several count together where the Shop runs the Redis.
        let together = gateway.replicas > 1 && shop.redis.embedded().is_some();
        Self {
            issuer: shop.issuer.clone(),
            token_keys,
            cors_origins: gateway.cors.allowed_origins.clone(),
            cors_max_age_seconds: gateway.cors.max_age_seconds,
            limits: gateway.rate_limits.clone(),
            body_bytes_max: gateway.max_body_bytes.into(),
            tls: gateway.tls_secret.is_some(),
            redis: together.then(|| (names::REDIS.to_owned(), REDIS_PORT)),
            tracing: shop.observability.tracing_endpoint.as_deref().and_then(address),
        }
    }

    /// Requests per minute and client address of a class; the class's own default when the Shop says nothing.
    pub fn per_minute(&self, class: RateClass) -> u32 {
        self.limits.get(&class).copied().unwrap_or_else(|| class.default_per_minute()).max(1)
    }
}

/// Host and port of an OTLP endpoint; gRPC's own port when the URL has none.
pub fn address(url: &str) -> Option<(String, u16)> {
    let url = url::Url::parse(url).ok()?;
    Some((url.host_str()?.to_owned(), url.port().unwrap_or(4317)))
}

/// A P-256 public key that checks ES256 signatures (RFC 7518, section 3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenKey(PublicKey);

impl TokenKey {
    /// The key of a SubjectPublicKeyInfo in PEM (RFC 7468, section 13); `None` for anything else.
    pub fn from_pem(pem: &str) -> Option<Self> {
        PublicKey::from_public_key_pem(pem).ok().map(Self)
    }

    /// As PEM.
    pub fn pem(&self) -> String {
        // Writing a point that was read from the same form can't fail.
        self.0.to_public_key_pem(LineEnding::LF).unwrap_or_default()
    }

    /// The public halves of a list of private keys; what is no P-256 key in it is left out.
    pub fn list(text: &str) -> Vec<Self> {
        let keys = keyring::parse(text).unwrap_or_default();
        keys.iter()
            .filter_map(|key| SecretKey::from_pkcs8_pem(&key.pem).ok())
            .map(|key| Self(key.public_key()))
            .collect()
    }

    /// Its id, `kid`, in tokens and key sets: its thumbprint (RFC 7638).
    pub fn id(&self) -> String {
        let (x, y) = self.coordinates();
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        URL_SAFE_NO_PAD.encode(Sha256::digest(members))
    }

    /// Keys as a JSON Web Key Set (RFC 7517, section 5).
    pub fn jwks(keys: &[Self]) -> Value {
        json!({"keys": keys.iter().map(Self::jwk).collect::<Vec<_>>()})
    }

    fn jwk(&self) -> Value {
        let (x, y) = self.coordinates();
        json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.id(), "x": x, "y": y})
    }

    fn coordinates(&self) -> (String, String) {
        let point = self.0.to_encoded_point(false);
        let text = |coordinate: Option<&FieldBytes>| {
            coordinate.map(|c| URL_SAFE_NO_PAD.encode(c)).unwrap_or_default()
        };
        (text(point.x()), text(point.y()))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The public key of RFC 7515, appendix A.3.
    const EXAMPLE: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END PUBLIC KEY-----
";

    pub(crate) fn example() -> Settings {
        Settings {
            issuer: "https://kopi.example.com".into(),
            token_keys: vec![TokenKey::from_pem(EXAMPLE).expect("a key")],
            cors_origins: vec!["https://kopi.example.com".into()],
            cors_max_age_seconds: 600,
            limits: BTreeMap::from([(RateClass::Login, 3)]),
            body_bytes_max: 1024 * 1024,
            tls: false,
            redis: None,
            tracing: None,
        }
    }

    #[test]
    fn a_key_is_the_same_as_pem_and_as_jwk() {
        let key = TokenKey::from_pem(EXAMPLE).expect("a key");
        assert_eq!(key.pem(), EXAMPLE);
        let jwk = &TokenKey::jwks(&[key])["keys"][0];
        assert_eq!(jwk["x"], "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
        assert_eq!(jwk["y"], "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
        assert_eq!(jwk["kid"], "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
    }

    #[test]
    fn what_is_not_a_p256_key_is_no_key() {
        assert_eq!(TokenKey::from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), None);
    }

    #[test]
    fn a_limit_the_shop_leaves_out_is_the_class_own() {
        assert_eq!(example().per_minute(RateClass::Login), 3);
        assert_eq!(example().per_minute(RateClass::Search), RateClass::Search.default_per_minute());
    }
}
