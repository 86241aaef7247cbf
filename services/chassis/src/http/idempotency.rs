//! `Idempotency-Key`: a request that is sent twice acts once (IETF draft-ietf-httpapi-idempotency-key-header).
//!
//! The key's row, the effect and the stored answer are one transaction. A twin in flight is told so (409), the same
//! key with another request is refused (422), a repeat gets the first answer with `Idempotency-Replayed: true`.

use std::time::Duration;

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use super::Problem;
use crate::{
    db::{Db, Tx},
    error::Kind,
};

/// Characters of a key at most.
pub const KEY_MAX: usize = 255;
/// Pauses before each try to hold a key. A request that was refused is answered a moment before its transaction is rolled
/// back: who mends it and sends it again at once must not be told of a twin.
const LOCK_PAUSES: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(10), Duration::from_millis(30), Duration::from_millis(60)];

/// The key of a request; a request without one is refused.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    key: String,
    route: String,
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let missing = || {
            Problem::typed(
                Kind::Invalid,
                "idempotency-key-missing",
                "Send an Idempotency-Key header: any text of 1 to 255 printable characters, new for each new intent, the same for each retry.",
            )
        };
        let value = parts.headers.get("idempotency-key").ok_or_else(missing)?;
        let key = value.to_str().map_err(|_| missing())?.trim().trim_matches('"').to_owned();
        if key.is_empty() || key.len() > KEY_MAX {
            return Err(missing());
        }
        Ok(Self { key, route: format!("{} {}", parts.method, parts.uri.path()) })
    }
}

/// What the key says of a request.
#[derive(Debug)]
pub enum Begun {
    /// New: act in this unit of work, then [`Keyed::finish`].
    Fresh(Box<Keyed>),
    /// Done before: this was the answer.
    Replay(Response),
}

/// A unit of work under a key.
#[derive(Debug)]
pub struct Keyed {
    /// The unit of work.
    pub tx: Tx,
    caller: String,
    key: String,
    fingerprint: Vec<u8>,
}

impl IdempotencyKey {
    /// Begins the unit of work of a request, or finds its answer.
    ///
    /// `caller` is who sent it, `body` what was sent (as bytes that are equal for equal requests).
    ///
    /// # Errors
    ///
    /// 409 while a twin is in flight, 422 when the key was used for another request, 503 when the store is away.
    pub async fn begin(&self, db: &Db, caller: &str, body: &[u8]) -> Result<Begun, Problem> {
        let fingerprint = self.fingerprint(body);
        let mut tx = db.begin().await?;
        for pause in LOCK_PAUSES {
            tokio::time::sleep(pause).await;
            match self.lock(tx.conn(), caller).await? {
                // The key is free before the answer leaves: a caller that sends again at once is not told of a twin in flight.
                Held::Answered(stored) => {
                    tx.rollback().await?;
                    return stored.replay(&fingerprint).map(Begun::Replay);
                }
                Held::Mine => {
                    let (caller, key) = (caller.to_owned(), self.key.clone());
                    return Ok(Begun::Fresh(Box::new(Keyed { tx, caller, key, fingerprint })));
                }
                Held::ByTwin => {}
            }
        }
        tx.rollback().await?;
        Err(Problem::typed(
            Kind::Conflict,
            "idempotency-key-in-flight",
            "A request with this Idempotency-Key is still being worked on. Wait a moment, then send it again.",
        ))
    }

    /// The answer this request got before, if it did: to be asked before anything is asked of other services, because
    /// what they say may have changed with the first request.
    ///
    /// # Errors
    ///
    /// 422 when the key was used for another request, 503 when the store is away.
    pub async fn find(&self, db: &Db, caller: &str, body: &[u8]) -> Result<Option<Response>, Problem> {
        let mut conn = db.pool().acquire().await?;
        let stored = Stored::find(&mut conn, caller, &self.key).await?;
        stored.map(|stored| stored.replay(&self.fingerprint(body))).transpose()
    }

    fn fingerprint(&self, body: &[u8]) -> Vec<u8> {
        Sha256::new().chain_update(&self.route).chain_update([0]).chain_update(body).finalize().to_vec()
    }

    /// Tries to hold the key until the transaction ends, and looks for its answer, in one statement. The answer of a twin
    /// that ends just now may be missed: [`Keyed::finish`] finds it.
    async fn lock(&self, conn: &mut PgConnection, caller: &str) -> Result<Held, sqlx::Error> {
        let row = sqlx::query(
            "SELECT pg_try_advisory_xact_lock(hashtextextended($1 || E'\\n' || $2, 7)) AS mine, k.* \
             FROM (VALUES (1)) AS one LEFT JOIN idempotency_keys k ON k.caller = $1 AND k.key = $2",
        )
        .bind(caller)
        .bind(&self.key)
        .fetch_one(conn)
        .await?;
        Ok(match (Stored::read(&row)?, row.try_get("mine")?) {
            (Some(stored), _) => Held::Answered(stored),
            (None, true) => Held::Mine,
            (None, false) => Held::ByTwin,
        })
    }
}

/// Whose a key is.
enum Held {
    Mine,
    ByTwin,
    Answered(Stored),
}

/// An answer that was given.
struct Stored {
    fingerprint: Vec<u8>,
    status: i16,
    location: Option<String>,
    body: String,
}

impl Stored {
    async fn find(conn: &mut PgConnection, caller: &str, key: &str) -> Result<Option<Self>, sqlx::Error> {
        let row = sqlx::query(
            "SELECT fingerprint, status, location, body FROM idempotency_keys WHERE caller = $1 AND key = $2",
        )
        .bind(caller)
        .bind(key)
        .fetch_optional(conn)
        .await?;
        row.map_or(Ok(None), |row| Self::read(&row))
    }

    /// The columns of `idempotency_keys`; none when they are NULL.
    fn read(row: &PgRow) -> Result<Option<Self>, sqlx::Error> {
        let Some(fingerprint) = row.try_get("fingerprint")? else { return Ok(None) };
        let (status, location, body) =
            (row.try_get("status")?, row.try_get("location")?, row.try_get("body")?);
        Ok(Some(Self { fingerprint, status, location, body }))
    }

    /// The answer again, to the same request alone.
    fn replay(self, fingerprint: &[u8]) -> Result<Response, Problem> {
        if self.fingerprint != fingerprint {
            return Err(Problem::typed(
                Kind::Unprocessable,
                "idempotency-key-reused",
                "This Idempotency-Key was used for another request. Take a new key for a new intent.",
            ));
        }
        let status = u16::try_from(self.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
        let mut response = answer(status.unwrap_or(StatusCode::OK), self.location.as_deref(), self.body);
        response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
        Ok(response)
    }
}

impl Keyed {
    /// Stores the answer beside the effect and commits both.
    ///
    /// # Errors
    ///
    /// When the store is away; nothing happened then.
    pub async fn finish(self, status: StatusCode, body: &impl Serialize) -> Result<Response, Problem> {
        self.answer(status, None, body).await
    }

    /// As [`finish`](Self::finish), for what was made: 201, and `Location` says where it is (RFC 9110, section 15.3.2).
    ///
    /// # Errors
    ///
    /// When the store is away; nothing happened then.
    pub async fn created(self, location: &str, body: &impl Serialize) -> Result<Response, Problem> {
        self.answer(StatusCode::CREATED, Some(location), body).await
    }

    async fn answer(
        self,
        status: StatusCode,
        location: Option<&str>,
        body: &impl Serialize,
    ) -> Result<Response, Problem> {
        let Self { mut tx, caller, key, fingerprint } = self;
        let body = serde_json::to_string(body).map_err(Problem::internal)?;
        let now = tx.now();
        let stored = sqlx::query(
            "INSERT INTO idempotency_keys (caller, key, fingerprint, status, location, body, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        )
        .bind(&caller)
        .bind(&key)
        .bind(&fingerprint)
        .bind(i16::try_from(status.as_u16()).unwrap_or(200))
        .bind(location)
        .bind(&body)
        .bind(now)
        .execute(tx.conn())
        .await?;
        if stored.rows_affected() == 1 {
            tx.commit().await?;
            return Ok(answer(status, location, body));
        }
        // A twin ended between our look and our lock: its effect is the one that counts.
        let twin = Stored::find(tx.conn(), &caller, &key).await?;
        tx.rollback().await?;
        twin.ok_or_else(|| Problem::internal(anyhow::anyhow!("a stored answer is gone")))?
            .replay(&fingerprint)
    }
}

fn answer(status: StatusCode, location: Option<&str>, body: String) -> Response {
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
    if let Some(location) = location.and_then(|location| HeaderValue::from_str(location).ok()) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
