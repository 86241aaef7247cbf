//! Signs access tokens (RFC 7519, ES256) and publishes the key that checks them (RFC 7517).

use anyhow::Context as _;
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};
use secrecy::{ExposeSecret as _, SecretString};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use warung_chassis::{
    auth::{AUDIENCE, Claims},
    config::ConfigError,
    service::BuildError,
};

use crate::domain::{role, user::User};

/// Signs tokens of one shop with one key.
pub struct Signer {
    key: EncodingKey,
    key_id: String,
    issuer: String,
    jwks: JwkSet,
}

impl Signer {
    /// Signs with this P-256 private key (PKCS#8 PEM) as this issuer.
    ///
    /// # Errors
    ///
    /// When the text is no such key; it is not repeated.
    pub fn new(pem: &SecretString, issuer: &str) -> Result<Self, BuildError> {
        let wrong = |_| {
            ConfigError(vec![
                "WARUNG_TOKEN_SIGNING_KEY is no P-256 private key in PKCS#8 PEM; make one with: openssl genpkey \
                 -algorithm EC -pkeyopt ec_paramgen_curve:P-256"
                    .into(),
            ])
        };
        let key = EncodingKey::from_ec_pem(pem.expose_secret().as_bytes()).map_err(wrong)?;
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).map_err(wrong)?;
        // RFC 7638: the id follows from the key, so that every replica and every restart says the same.
        let key_id = jwk.thumbprint(ThumbprintHash::SHA256).context("the key has no thumbprint")?;
        jwk.common.key_id = Some(key_id.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { key, key_id, issuer: issuer.to_owned(), jwks: JwkSet { keys: vec![jwk] } })
    }

    /// The public keys.
    pub fn jwks(&self) -> &JwkSet {
        &self.jwks
    }

    /// An access token of this user.
    ///
    /// # Errors
    ///
    /// When the library refuses to sign.
    pub fn sign(&self, user: &User, now: OffsetDateTime, ttl: Duration) -> anyhow::Result<String> {
        let claims = Claims {
            sub: user.user_id,
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            iat: now.unix_timestamp(),
            exp: (now + ttl).unix_timestamp(),
            jti: Uuid::now_v7().to_string(),
            roles: role::included(user.role),
            email: user.email.to_string(),
        };
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.key_id.clone());
        jsonwebtoken::encode(&header, &claims, &self.key).context("an access token could not be signed")
    }
}
