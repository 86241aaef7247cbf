//! Checks access tokens against auth's keys.
use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};

use super::{AUDIENCE, Claims};
use crate::{error::Kind, http::Problem, outbound};

/// How often keys are asked for.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// At most this often, so that made-up key ids can't press auth.
    min: Duration,
    /// Again after this long, so that a key that was withdrawn is not taken for ever.
    max: Duration,
}

const PACE: Pace = Pace { min: Duration::from_secs(5), max: Duration::from_secs(300) };

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
        let client = outbound::client().timeout(Duration::from_secs(3)).build()?;
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

#[cfg(all(test, feature = "testing"))]
#[allow(clippy::disallowed_methods, reason = "tests make ids of their own")]
mod tests {
    use std::sync::Mutex;

    use axum::{Json, Router, routing::get};
    use uuid::Uuid;
    use warung_contracts::id::UserId;

    use super::*;
    use crate::{auth::Role, testing};

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
