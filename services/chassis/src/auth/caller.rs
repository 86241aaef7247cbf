//! Who may call a handler, as its signature says it.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
};

use axum::{
    extract::{FromRequestParts, MatchedPath},
    http::{Method, header, request::Parts},
};
use futures::future::BoxFuture;
use warung_contracts::{manifest::Manifest, permission::Permission};

use super::{Claims, Verifier};
use crate::{error::Kind, http::Problem};

/// The permissions that a manifest's routes ask for, by path template and method.
#[derive(Debug, Clone)]
pub(crate) struct Doors(Arc<HashMap<String, BTreeMap<&'static str, Permission>>>);

impl Doors {
    /// Those of this manifest.
    pub fn of(manifest: &Manifest) -> Self {
        let mut doors: HashMap<String, BTreeMap<_, _>> = HashMap::new();
        for route in &manifest.routes {
            if let Some(permission) = route.access.permission() {
                doors.entry(route.path.clone()).or_default().insert(route.method.as_str(), permission);
            }
        }
        Self(Arc::new(doors))
    }

    /// The permission of the route that a request took.
    fn permission(&self, parts: &Parts) -> Option<Permission> {
        // What answers GET answers HEAD too.
        let method = if parts.method == Method::HEAD { "GET" } else { parts.method.as_str() };
        let path = parts.extensions.get::<MatchedPath>()?.as_str();
        self.0.get(path)?.get(method).copied()
    }
}

/// What became of a log-in since its token was made: asked for every caller by a service whose router has it as an
/// [`axum::Extension`], so that no handler can forget it.
#[derive(Clone)]
pub struct Standing(Arc<Ask>);

type Ask = dyn Fn(Claims) -> BoxFuture<'static, Result<Claims, Problem>> + Send + Sync;

impl Standing {
    /// Asks by this: the claims as they are now, or why the caller is nobody any more.
    pub fn new<F, R>(ask: F) -> Self
    where
        F: Fn(Claims) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Claims, Problem>> + Send + 'static,
    {
        Self(Arc::new(move |claims| Box::pin(ask(claims))))
    }
}

impl fmt::Debug for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Standing")
    }
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
    let claims = verifier.verify(token).await?;
    match parts.extensions.get::<Standing>() {
        Some(Standing(ask)) => ask(claims).await.map(Some),
        None => Ok(Some(claims)),
    }
}

async fn somebody(parts: &Parts) -> Result<Claims, Problem> {
    caller(parts).await?.ok_or_else(|| {
        Problem::new(
            Kind::Unauthenticated,
            "Log in, then send the token as: Authorization: Bearer <access token>.",
        )
    })
}

/// Anybody, known or not.
#[derive(Debug, Clone)]
pub struct Guest(pub Option<Claims>);

/// Whoever has a valid token.
#[derive(Debug, Clone)]
pub struct Customer(pub Claims);

/// Whoever has the permission that the manifest names for the route.
#[derive(Debug, Clone)]
pub struct Permitted(pub Claims);

impl<S: Send + Sync> FromRequestParts<S> for Guest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        caller(parts).await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Customer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        somebody(parts).await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Permitted {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let claims = somebody(parts).await?;
        let permission = parts.extensions.get::<Doors>().and_then(|doors| doors.permission(parts));
        let permission = permission.ok_or_else(|| {
            Problem::internal(anyhow::anyhow!("the manifest names no permission for {}", parts.uri.path()))
        })?;
        match claims.may(permission) {
            true => Ok(Self(claims)),
            false => Err(forbidden()),
        }
    }
}

fn forbidden() -> Problem {
    Problem::new(Kind::Forbidden, "Your account may not do this. Ask an administrator of the shop.")
}
