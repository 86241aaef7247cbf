//! What of a Shop the gateway's configuration depends on, whichever gateway it is.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use warung_contracts::manifest::RateClass;

/// The largest request body, in bytes, when the Shop says nothing: 1 MiB.
pub const BODY_BYTES_MAX: u64 = 1024 * 1024;

/// The values of one Shop that go into the gateway's configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who signs the tokens: `https://<host>`.
    pub issuer: String,
    /// The key that the tokens' signatures are checked with.
    pub token_key: TokenKey,
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
}

impl Settings {
    /// Requests per minute and client address of a class; the class's own default when the Shop says nothing.
    pub fn per_minute(&self, class: RateClass) -> u32 {
        self.limits.get(&class).copied().unwrap_or_else(|| class.default_per_minute()).max(1)
    }
}

/// A P-256 public key that checks ES256 signatures (RFC 7518, section 3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenKey {
    /// `kid` in the header of the tokens.
    pub id: String,
    point: [u8; 65],
}

/// What precedes the point in a SubjectPublicKeyInfo of a P-256 key (RFC 5480, section 2).
const P256_INFO: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

impl TokenKey {
    /// The key of an uncompressed point (SEC 1, section 2.3.3: 0x04, x, y); `None` for anything else.
    pub fn new(id: impl Into<String>, point: &[u8]) -> Option<Self> {
        let point: [u8; 65] = point.try_into().ok()?;
        (point[0] == 4).then(|| Self { id: id.into(), point })
    }

    /// As a JSON Web Key Set (RFC 7517, section 5).
    pub fn jwks(&self) -> Value {
        let (x, y) = (URL_SAFE_NO_PAD.encode(&self.point[1..33]), URL_SAFE_NO_PAD.encode(&self.point[33..]));
        json!({"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.id, "x": x, "y": y}]})
    }

    /// As PEM (RFC 7468, section 13).
    pub fn pem(&self) -> String {
        let text = STANDARD.encode([P256_INFO.as_slice(), &self.point].concat());
        let (first, second) = text.split_at(64);
        format!("-----BEGIN PUBLIC KEY-----\n{first}\n{second}\n-----END PUBLIC KEY-----\n")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The public key of RFC 7515, appendix A.3.
    pub(crate) fn example_key() -> TokenKey {
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
        let x = decode("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
        let y = decode("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
        TokenKey::new("example", &[vec![4], x, y].concat()).expect("a point")
    }

    pub(crate) fn example() -> Settings {
        Settings {
            issuer: "https://kopi.example.com".into(),
            token_key: example_key(),
            cors_origins: vec!["https://kopi.example.com".into()],
            cors_max_age_seconds: 600,
            limits: BTreeMap::from([(RateClass::Login, 3)]),
            body_bytes_max: BODY_BYTES_MAX,
            tls: false,
            redis: None,
        }
    }

    #[test]
    fn a_key_is_the_same_as_jwk_and_as_pem() {
        let key = example_key();
        assert_eq!(key.jwks()["keys"][0]["x"], "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
        let pem = key.pem();
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(body).expect("base64");
        assert_eq!(der[26..], key.point);
        assert_eq!((der.len(), usize::from(der[1])), (91, 89));
        assert!(pem.lines().all(|line| line.len() <= 64), "{pem}");
    }

    #[test]
    fn what_is_not_an_uncompressed_point_is_no_key() {
        assert_eq!(TokenKey::new("short", &[4; 64]), None);
        assert_eq!(TokenKey::new("compressed", &[2; 65]), None);
    }

    #[test]
    fn a_limit_the_shop_leaves_out_is_the_class_own() {
        assert_eq!(example().per_minute(RateClass::Login), 3);
        assert_eq!(example().per_minute(RateClass::Search), RateClass::Search.default_per_minute());
    }
}
