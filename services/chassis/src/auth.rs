//! Who calls: ES256 access tokens (RFC 7519) checked against auth's keys (RFC 7517), and extractors that say in a
//! handler's signature who may.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use serde::{Deserialize, Serialize};
use warung_contracts::id::{SessionId, UserId};

use crate::{error::Kind, http::Problem};

/// Audience of every access token.
pub const AUDIENCE: &str = "warung";
/// How often keys are asked for.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// At most this often, so that made-up key ids can't press auth.
    min: Duration,
    /// Again after this long, so that a key that was withdrawn is not taken for ever.
    max: Duration,
}

const PACE: Pace = Pace { min: Duration::from_secs(5), max: Duration::from_secs(300) };

/// What a role may do; each includes the ones before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Customer,
    Staff,
    Admin,
}

/// The claims of an access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who.
    pub sub: UserId,
    /// The Shop that signed it.
    pub iss: String,
    /// [`AUDIENCE`].
    pub aud: String,
    /// Seconds since the epoch.
    pub iat: i64,
    /// Seconds since the epoch.
    pub exp: i64,
    /// The token's own id.
    pub jti: String,
    pub roles: Vec<Role>,
    pub email: String,
    /// The log-in it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// When a password or a second factor was last shown for that log-in; seconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
}

impl Claims {
    /// Whether the caller has this role or a greater one.
    pub fn has(&self, role: Role) -> bool {
        self.roles.iter().any(|own| *own >= role)
    }
}

/// Checks access tokens.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    keys: RwLock<HashMap<String, DecodingKey>>,
    asked: tokio::sync::Mutex<Option<Instant>>,
    source: Option<(reqwest::Client, String)>,
    pace: Pace,
    issuer: String,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Verifier({})", self.0.issuer)
    }
}

impl Verifier {
    /// Checks tokens of `issuer` against the keys at `jwks_url`, asked for when a token names one that is not known.
    ///
    /// # Errors
    ///
    /// When the HTTP client can't be made.
    pub fn remote(jwks_url: String, issuer: String) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder().timeout(Duration::from_secs(3)).no_proxy().build()?;
        Ok(Self::with(HashMap::new(), Some((client, jwks_url)), issuer))
    }

    /// Checks tokens of `issuer` against these keys alone.
    pub fn fixed(keys: &JwkSet, issuer: String) -> Self {
        Self::with(decoding_keys(keys), None, issuer)
    }

    fn with(
        keys: HashMap<String, DecodingKey>,
        source: Option<(reqwest::Client, String)>,
        issuer: String,
    ) -> Self {
        Self(Arc::new(Inner {
            keys: RwLock::new(keys),
            asked: tokio::sync::Mutex::new(None),
            source,
            pace: PACE,
            issuer,
        }))
    }

    /// The claims of a valid token.
    ///
    /// # Errors
    ///
    /// 401 when it is malformed, expired, forged or of another shop; 503 when auth's keys can't be had.
    pub async fn verify(&self, token: &str) -> Result<Claims, Problem> {
        let refused = || {
            Problem::new(
                Kind::Unauthenticated,
                "The access token is not valid or has expired. Log in again or refresh it.",
            )
        };
        let head = jsonwebtoken::decode_header(token).map_err(|_| refused())?;
        let kid = head.kid.filter(|_| head.alg == Algorithm::ES256).ok_or_else(refused)?;
        let key = self.key(&kid).await?.ok_or_else(refused)?;
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[&self.0.issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = 5;
        jsonwebtoken::decode::<Claims>(token, &key, &validation)
            .map(|data| data.claims)
            .map_err(|_| refused())
    }

    /// The key of this id. One that is known is taken as long as auth can't be asked about it.
    async fn key(&self, kid: &str) -> Result<Option<DecodingKey>, Problem> {
        let (known, old) = (self.known(kid), self.is_old());
        match (known, old) {
            (Some(key), false) => Ok(Some(key)),
            (Some(key), true) => Ok(if self.refresh().await.is_ok() { self.known(kid) } else { Some(key) }),
            (None, _) => {
                self.refresh().await?;
                Ok(self.known(kid))
            }
        }
    }

    fn is_old(&self) -> bool {
        // While somebody asks already, the others go on with what is known.
        self.0.source.is_some()
            && self
                .0
                .asked
                .try_lock()
                .is_ok_and(|asked| asked.is_some_and(|at| at.elapsed() > self.0.pace.max))
    }

    fn known(&self, kid: &str) -> Option<DecodingKey> {
        self.0.keys.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(kid).cloned()
    }

    async fn refresh(&self) -> Result<(), Problem> {
        let Some((client, url)) = &self.0.source else { return Ok(()) };
        // One asks, the others wait for the answer.
        let mut asked = self.0.asked.lock().await;
        if asked.is_some_and(|at| at.elapsed() < self.0.pace.min) {
            return Ok(());
        }
        let answer = async { client.get(url).send().await?.error_for_status()?.json::<JwkSet>().await };
        let set = match answer.await {
            Ok(set) => set,
            Err(error) => {
                // Old keys go on being taken; whether there are new ones is asked soon again.
                let soon = Instant::now().checked_sub(self.0.pace.max.saturating_sub(self.0.pace.min));
                *asked = asked.and(soon);
                return Err(Problem::unavailable(error));
            }
        };
        *self.0.keys.write().unwrap_or_else(std::sync::PoisonError::into_inner) = decoding_keys(&set);
        *asked = Some(Instant::now());
        Ok(())
    }
}

fn decoding_keys(set: &JwkSet) -> HashMap<String, DecodingKey> {
    let keys = set.keys.iter();
    keys.filter_map(|jwk| Some((jwk.common.key_id.clone()?, DecodingKey::from_jwk(jwk).ok()?))).collect()
}

async fn caller(parts: &Parts) -> Result<Option<Claims>, Problem> {
    let Some(value) = parts.headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let text = value.to_str().unwrap_or("");
    let token =
        text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("bearer ")).map(|_| text[7..].trim());
    let Some(token) = token else {
        return Err(Problem::new(
            Kind::Unauthenticated,
            "Send the token as: Authorization: Bearer <access token>.",
        ));
    };
    let verifier = parts.extensions.get::<Verifier>();
    let verifier = verifier.ok_or_else(|| Problem::internal(anyhow::anyhow!("no verifier is installed")))?;
    verifier.verify(token).await.map(Some)
}

async fn with_role(parts: &Parts, role: Role) -> Result<Claims, Problem> {
    let claims = caller(parts).await?.ok_or_else(|| {
        Problem::new(
            Kind::Unauthenticated,
            "Log in, then send the token as: Authorization: Bearer <access token>.",
        )
    })?;
    if claims.has(role) {
        Ok(claims)
    } else {
        Err(Problem::new(Kind::Forbidden, "Your account may not do this. Ask an administrator of the shop."))
    }
}

/// Anybody, known or not.
#[derive(Debug, Clone)]
pub struct Guest(pub Option<Claims>);

/// Whoever has a valid token.
#[derive(Debug, Clone)]
pub struct Customer(pub Claims);

/// Staff or administrators.
#[derive(Debug, Clone)]
pub struct Staff(pub Claims);

/// Administrators.
#[derive(Debug, Clone)]
pub struct Admin(pub Claims);

impl<S: Send + Sync> FromRequestParts<S> for Guest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        caller(parts).await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Customer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        with_role(parts, Role::Customer).await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Staff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        with_role(parts, Role::Staff).await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        with_role(parts, Role::Admin).await.map(Self)
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use std::sync::Mutex;

    use axum::{Json, Router, routing::get};
    use uuid::Uuid;

    use super::*;
    use crate::testing;

    /// Auth, with keys that a test sets.
    async fn auth(keys: Arc<Mutex<JwkSet>>) -> (String, tokio::task::JoinHandle<std::io::Result<()>>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        // No connection outlives its answer, so that a server that stops is away.
        let answer =
            get(move || std::future::ready(([("connection", "close")], Json(keys.lock().unwrap().clone()))));
        let server = axum::serve(listener, Router::new().route("/keys", answer));
        (url, tokio::spawn(async move { server.await }))
    }

    fn checking(url: String, pace: Pace) -> Verifier {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let Verifier(inner) = Verifier::remote(url, "http://localhost".into()).unwrap();
        Verifier(Arc::new(Inner { pace, ..Arc::into_inner(inner).unwrap() }))
    }

    fn token() -> String {
        testing::token(UserId(Uuid::now_v7()), &[Role::Customer])
    }

    #[tokio::test]
    async fn a_withdrawn_key_is_refused_once_auth_was_asked_again() {
        let keys = Arc::new(Mutex::new(testing::jwks()));
        let (url, _server) = auth(keys.clone()).await;
        let (eager, patient) =
            (checking(url.clone(), Pace { min: Duration::ZERO, max: Duration::ZERO }), checking(url, PACE));
        assert!(eager.verify(&token()).await.is_ok() && patient.verify(&token()).await.is_ok());
        keys.lock().unwrap().keys.clear();
        assert_eq!(eager.verify(&token()).await.unwrap_err().kind(), Kind::Unauthenticated);
        assert!(patient.verify(&token()).await.is_ok(), "not asked yet");
    }

    #[tokio::test]
    async fn while_auth_is_away_known_keys_are_taken() {
        let (url, server) = auth(Arc::new(Mutex::new(testing::jwks()))).await;
        let verifier = checking(url.clone(), Pace { min: Duration::ZERO, max: Duration::ZERO });
        assert!(verifier.verify(&token()).await.is_ok());
        server.abort();
        let _ = server.await;
        assert!(verifier.verify(&token()).await.is_ok());
        let fresh = checking(url, PACE);
        assert_eq!(fresh.verify(&token()).await.unwrap_err().kind(), Kind::Unavailable);
    }
}
