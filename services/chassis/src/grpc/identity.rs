//! Which service calls: a signed token of a minute with each gRPC call, checked against the callers that manifests declare.
//!
//! The key is the callee's (`WARUNG_<CALLEE>_SERVICE_KEY`); whoever is declared to call it has it too, nobody else.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Mutex, PoisonError},
};

use axum::http::{HeaderMap, HeaderValue, header};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use tonic::Status;
use warung_contracts::manifest::{self, Manifest, service_key_variable};

use crate::config::{ConfigError, Env};

/// Seconds for which a token is good.
pub const LIFETIME_SECONDS: i64 = 60;
/// Seconds that the clocks of two nodes may differ.
const LEEWAY_SECONDS: u64 = 5;
/// Bytes of a key at least: what HS256 has (RFC 7518, section 3.2).
const KEY_MIN: usize = 32;

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    /// The caller.
    iss: String,
    /// The callee.
    aud: String,
    iat: i64,
    exp: i64,
}

/// The key of `callee` as `reader` has it. Its text is never part of a fault: it is a secret.
fn key<'e>(env: &'e Env, reader: &str, callee: &str) -> Result<&'e str, ConfigError> {
    let name = service_key_variable(callee);
    let fault = |is: String| {
        ConfigError(vec![format!(
            "{name} {is}; {reader} needs it: write a random text of {KEY_MIN} characters or more, the same for {callee} \
             and whoever calls it"
        )])
    };
    match env.get(reader, &name) {
        None => Err(fault("is not set".into())),
        Some(key) if key.len() < KEY_MIN => Err(fault(format!("has {} characters", key.len()))),
        Some(key) => Ok(key),
    }
}

/// Signs the calls of one service to another.
pub struct Signer {
    caller: String,
    callee: String,
    key: EncodingKey,
    /// The newest token, and when it was made.
    last: Mutex<Option<(HeaderValue, i64)>>,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({} to {})", self.caller, self.callee)
    }
}

impl Signer {
    /// A signer with the callee's key.
    ///
    /// # Errors
    ///
    /// When the key is missing or too short.
    pub fn new(env: &Env, caller: &str, callee: &str) -> Result<Self, ConfigError> {
        let key = EncodingKey::from_secret(key(env, caller, callee)?.as_bytes());
        Ok(Self { caller: caller.to_owned(), callee: callee.to_owned(), key, last: Mutex::new(None) })
    }

    /// The value of `authorization`; a token serves for half its life.
    ///
    /// # Errors
    ///
    /// When it can't be signed.
    #[expect(clippy::disallowed_methods, reason = "whoever gets the token checks it by the machine's clock")]
    pub fn header(&self) -> Result<HeaderValue, Status> {
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, made)) = &*last
            && (*made..*made + LIFETIME_SECONDS / 2).contains(&now)
        {
            return Ok(token.clone());
        }
        let claims = Claims {
            iss: self.caller.clone(),
            aud: self.callee.clone(),
            iat: now,
            exp: now + LIFETIME_SECONDS,
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.key)
            .map_err(|error| Status::internal(format!("a call can't be signed: {error}")))?;
        let mut token = HeaderValue::try_from(format!("Bearer {token}"))
            .map_err(|error| Status::internal(format!("a call can't be signed: {error}")))?;
        token.set_sensitive(true);
        *last = Some((token.clone(), now));
        Ok(token)
    }
}

/// Checks who calls a service.
#[derive(Clone)]
pub struct Doorkeeper {
    callee: String,
    /// None where nobody is let in: the service serves others nothing.
    key: Option<DecodingKey>,
    /// Callers by method, such as `warung.cart.v1.Carts/GetCart`.
    callers: BTreeMap<&'static str, BTreeSet<&'static str>>,
}

impl fmt::Debug for Doorkeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Doorkeeper({}, {:?})", self.callee, self.callers)
    }
}

impl Doorkeeper {
    /// Lets in whoever the manifests let call this service.
    ///
    /// # Errors
    ///
    /// When others call it, and the key is missing or too short.
    pub fn new(env: &Env, callee: &Manifest) -> Result<Self, ConfigError> {
        let mut callers: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for caller in manifest::all() {
            for call in caller.calls.iter().filter(|call| call.service == callee.name) {
                callers.entry(call.rpc.as_str()).or_default().insert(caller.name.as_str());
            }
        }
        let key = match callee.serves.is_empty() {
            true => None,
            false => Some(DecodingKey::from_secret(key(env, &callee.name, &callee.name)?.as_bytes())),
        };
        Ok(Self { callee: callee.name.clone(), key, callers })
    }

    /// Lets a call pass or not.
    ///
    /// # Errors
    ///
    /// UNAUTHENTICATED without a valid token, PERMISSION_DENIED for a service that is not declared to call the method.
    pub fn check(&self, method: &str, headers: &HeaderMap) -> Result<(), Status> {
        let refused = || Status::unauthenticated("the call carries no valid token of a service");
        let key = self.key.as_ref().ok_or_else(refused)?;
        let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = value.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(refused)?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[&self.callee]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.leeway = LEEWAY_SECONDS;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &validation).map_err(|_| refused())?.claims;
        // One that is good for longer was not made by us.
        if claims.exp - claims.iat > LIFETIME_SECONDS {
            return Err(refused());
        }
        match self.callers.get(method.trim_start_matches('/')) {
            Some(callers) if !callers.contains(claims.iss.as_str()) => {
                Err(Status::permission_denied(format!("{} is not declared to call this", claims.iss)))
            }
            // A method that nobody is declared to call is answered as what it is: unknown.
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests forge tokens of any time")]
mod tests {
    use super::*;

    const KEY: &str = "a key of at least thirty-two characters";
    const GET_CART: &str = "/warung.cart.v1.Carts/GetCart";

    fn env(key: &str) -> Env {
        [(service_key_variable("cart"), key.to_owned())].into_iter().collect()
    }

    fn call(caller: &str, key: &str) -> tonic::Code {
        let token = Signer::new(&env(key), caller, "cart").unwrap().header().unwrap();
        check(Some(token))
    }

    fn check(token: Option<HeaderValue>) -> tonic::Code {
        let keeper = Doorkeeper::new(&env(KEY), manifest::get("cart")).unwrap();
        let headers = token.into_iter().map(|token| (header::AUTHORIZATION, token)).collect();
        keeper.check(GET_CART, &headers).map_or_else(|status| status.code(), |()| tonic::Code::Ok)
    }

    fn signed(change: impl Fn(&mut Claims)) -> Option<HeaderValue> {
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        let mut claims = Claims { iss: "order".into(), aud: "cart".into(), iat: now, exp: now + 60 };
        change(&mut claims);
        let key = EncodingKey::from_secret(KEY.as_bytes());
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap();
        Some(HeaderValue::try_from(format!("Bearer {token}")).unwrap())
    }

    #[test]
    fn declared_callers_with_the_key_pass_and_nobody_else() {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        assert_eq!(call("order", KEY), tonic::Code::Ok);
        assert_eq!(call("payment", KEY), tonic::Code::PermissionDenied);
        assert_eq!(call("order", "another key of thirty-two characters"), tonic::Code::Unauthenticated);
        assert_eq!(check(None), tonic::Code::Unauthenticated);
        assert_eq!(check(signed(|_| {})), tonic::Code::Ok);
        assert_eq!(check(signed(|claims| claims.aud = "product".into())), tonic::Code::Unauthenticated);
        assert_eq!(check(signed(|claims| claims.exp = claims.iat - 60)), tonic::Code::Unauthenticated);
        assert_eq!(check(signed(|claims| claims.exp = claims.iat + 3600)), tonic::Code::Unauthenticated);
    }

    #[test]
    fn a_short_key_is_a_fault_that_does_not_repeat_it() {
        let fault = Doorkeeper::new(&env("hunter2"), manifest::get("cart")).unwrap_err().to_string();
        assert!(fault.contains("WARUNG_CART_SERVICE_KEY has 7 characters"), "{fault}");
        assert!(!fault.contains("hunter2"), "{fault}");
    }

    #[test]
    fn without_its_key_neither_caller_nor_callee_starts() {
        let fault = Doorkeeper::new(&Env::default(), manifest::get("cart")).unwrap_err().to_string();
        assert!(fault.starts_with("WARUNG_CART_SERVICE_KEY is not set; cart needs it"), "{fault}");
        let fault = Signer::new(&Env::default(), "order", "cart").unwrap_err().to_string();
        assert!(fault.starts_with("WARUNG_CART_SERVICE_KEY is not set; order needs it"), "{fault}");
    }

    #[test]
    fn a_service_that_serves_others_nothing_needs_no_key_and_lets_nobody_in() {
        let closed = Manifest { name: "closed".into(), serves: Vec::new(), ..manifest::get("cart").clone() };
        let keeper = Doorkeeper::new(&Env::default(), &closed).unwrap();
        let status = keeper.check(GET_CART, &HeaderMap::new()).unwrap_err();
        assert_eq!(status.code(), tonic::Code::Unauthenticated);
    }
}
