//! Signs access tokens (RFC 7519, ES256) and publishes the keys that check them (RFC 7517). Which key signs when, and
//! how long a key is published, is the keyring's: [`warung_contracts::keyring`].

use anyhow::Context as _;
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};
use secrecy::{ExposeSecret as _, SecretString};
use time::{Duration, OffsetDateTime};
use warung_chassis::{
    auth::{AUDIENCE, Claims},
    clock::Clock,
    config::ConfigError,
    service::BuildError,
};
use warung_contracts::{
    id::SessionId,
    keyring::{self, Entry},
};

use crate::domain::{role, user::User};

/// How long a token may be taken after its end, where clocks differ.
const LEEWAY: Duration = Duration::minutes(5);

/// Signs tokens of one shop.
pub struct Signer {
    ring: Vec<Entry>,
    /// As many as the ring has.
    keys: Vec<Key>,
    issuer: String,
    /// How long an access token is valid.
    ttl: Duration,
}

struct Key {
    private: EncodingKey,
    public: Jwk,
    id: String,
}

/// The log-in that a token belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Login {
    pub session: SessionId,
    /// When a password or a second factor was last shown for it.
    pub proven_at: Option<OffsetDateTime>,
}

impl Signer {
    /// Signs with these P-256 private keys (a list of PKCS#8 PEM) as this issuer.
    ///
    /// # Errors
    ///
    /// When the text is no such list; it is not repeated.
    pub fn new(list: &SecretString, issuer: &str, ttl: Duration) -> Result<Self, BuildError> {
        let ring = keyring::parse(list.expose_secret()).map_err(|malformed| wrong(&malformed.to_string()))?;
        let keys = ring.iter().map(|entry| key(&entry.pem)).collect::<Result<_, _>>()?;
        Ok(Self { ring, keys, issuer: issuer.to_owned(), ttl })
    }

    /// The public keys: of the key that signs, of those to come, and of those whose tokens still live.
    pub fn jwks(&self, now: OffsetDateTime) -> JwkSet {
        let live = self.ttl + LEEWAY;
        let keys = self.keys.iter().enumerate();
        let published = keys.filter(|(index, _)| keyring::published(&self.ring, *index, now, live));
        JwkSet { keys: published.map(|(_, key)| key.public.clone()).collect() }
    }

    /// An access token of this user.
    ///
    /// # Errors
    ///
    /// When the library refuses to sign.
    pub fn sign(&self, user: &User, login: Login, clock: &Clock) -> anyhow::Result<String> {
        let now = clock.now();
        let claims = Claims {
            sub: user.user_id,
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            iat: now.unix_timestamp(),
            exp: (now + self.ttl).unix_timestamp(),
            jti: clock.new_uuid().to_string(),
            roles: role::included(user.role),
            email: user.email.to_string(),
            sid: Some(login.session),
            auth_time: login.proven_at.map(OffsetDateTime::unix_timestamp),
        };
        let key = self.keys.get(keyring::current(&self.ring, now)).context("the ring has no key")?;
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(key.id.clone());
        jsonwebtoken::encode(&header, &claims, &key.private).context("an access token could not be signed")
    }

    /// Seconds until a token signed now ends.
    pub fn ttl_seconds(&self) -> i64 {
        self.ttl.whole_seconds()
    }
}

fn key(pem: &str) -> Result<Key, BuildError> {
    let refused = |_| wrong("a block is no P-256 private key in PKCS#8 PEM");
    let private = EncodingKey::from_ec_pem(pem.as_bytes()).map_err(refused)?;
    let mut public = Jwk::from_encoding_key(&private, Algorithm::ES256).map_err(refused)?;
    // RFC 7638: the id follows from the key, so that every replica and every restart says the same.
    let id = public.thumbprint(ThumbprintHash::SHA256).context("the key has no thumbprint")?;
    public.common.key_id = Some(id.clone());
    public.common.public_key_use = Some(PublicKeyUse::Signature);
    Ok(Key { private, public, id })
}

fn wrong(why: &str) -> ConfigError {
    ConfigError(vec![format!(
        "WARUNG_TOKEN_SIGNING_KEY is no list of keys: {why}; make a key with: openssl genpkey -algorithm EC -pkeyopt \
         ec_paramgen_curve:P-256"
    )])
}
