//! `Idempotency-Key`: a request that is sent twice acts once (IETF draft-ietf-httpapi-idempotency-key-header).
//!
//! The key's row, the effect and the stored answer are one transaction. A twin in flight is told so (409), the same
//! key with another request is refused (422), a repeat gets the first answer with `Idempotency-Replayed: true`.

mod answers;

use std::{fmt::Display, time::Duration};

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use self::answers::{Answer, Held};
use super::{Problem, Reply};
use crate::{
    db::{Db, Tx},
    error::Kind,
};

/// Characters of a key at most.
pub const KEY_MAX: usize = 255;
/// Pauses before each try to hold a key. Of a request that was given up, the transaction is rolled back a moment later:
/// who sends it again at once must not be told of a twin.
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
        let wrong = |what: &str| {
            Problem::field("Idempotency-Key", format!("{what}; write 1 to {KEY_MAX} printable ones"))
        };
        let text = value.to_str().map_err(|_| wrong("has characters that can't be printed"))?;
        let key = text.trim().trim_matches('"').to_owned();
        match key.len() {
            0 => return Err(missing()),
            1..=KEY_MAX => {}
            length => return Err(wrong(&format!("has {length} characters"))),
        }
        Ok(Self { key, route: format!("{} {}", parts.method, parts.uri.path()) })
    }
}

impl IdempotencyKey {
    /// A name for what a caller sends under this key, the same each time, for effects that are made part by part and are
    /// noted with it: a UUID of version 8 (RFC 9562), of the SHA-256 of caller, route and key.
    pub fn name(&self, caller: impl Display) -> Uuid {
        let hash = Sha256::digest(format!("{caller}\0{}\0{}", self.route, self.key));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// Acts in a unit of work and answers, once; a repeat gets the first answer. `caller` is who sent it, `body` what was
    /// sent, `()` for nothing.
    ///
    /// # Errors
    ///
    /// 409 while a twin is in flight, 422 when the key was used for another request, 503 when the store is away, and what
    /// `act` says: nothing happened then, and the key is free again.
    pub async fn once<T: Serialize>(
        &self,
        db: &Db,
        caller: impl Display,
        body: &impl Serialize,
        act: impl AsyncFnOnce(&mut Tx) -> Result<Reply<T>, Problem>,
    ) -> Result<Response, Problem> {
        let (caller, fingerprint) = (caller.to_string(), self.fingerprint(body)?);
        let mut tx = db.begin().await?;
        let acted = match self.hold(&mut tx, &caller).await {
            Ok(None) => act(&mut tx).await,
            // The locks are free before the answer leaves: a caller that sends again at once is not told of a twin.
            Ok(Some(answer)) => {
                tx.rollback().await?;
                return answer.replay(&fingerprint);
            }
            Err(problem) => Err(problem),
        };
        match acted {
            Ok(reply) => self.keep(tx, &caller, fingerprint, reply).await,
            Err(problem) => {
                // A store that is away has done so itself.
                let _ = tx.rollback().await;
                Err(problem)
            }
        }
    }

    /// The answer this request got before, if it did: to be asked before anything is asked of other services, because
    /// what they say may have changed with the first request.
    ///
    /// # Errors
    ///
    /// 422 when the key was used for another request, 503 when the store is away.
    pub async fn find(
        &self,
        db: &Db,
        caller: impl Display,
        body: &impl Serialize,
    ) -> Result<Option<Response>, Problem> {
        let (caller, fingerprint) = (caller.to_string(), self.fingerprint(body)?);
        let mut conn = db.pool().acquire().await?;
        let answer = Answer::find(&mut conn, &caller, &self.key).await?;
        answer.map(|answer| answer.replay(&fingerprint)).transpose()
    }

    /// Tells this request from others: its route and what was sent. It is compared with stored ones, so a change of it
    /// refuses what is repeated across an upgrade.
    fn fingerprint(&self, body: &impl Serialize) -> Result<Vec<u8>, Problem> {
        let json = serde_json::to_vec(body).map_err(Problem::internal)?;
        let sent = if json == b"null" { &[] } else { json.as_slice() };
        Ok(Sha256::new().chain_update(&self.route).chain_update([0]).chain_update(sent).finalize().to_vec())
    }

    /// Holds the key until the transaction ends, unless it has its answer.
    async fn hold(&self, tx: &mut Tx, caller: &str) -> Result<Option<Answer>, Problem> {
        for pause in LOCK_PAUSES {
            tokio::time::sleep(pause).await;
            match answers::hold(tx.conn(), caller, &self.key).await? {
                Held::Mine => return Ok(None),
                Held::Answered(answer) => return Ok(Some(answer)),
                Held::ByTwin => {}
            }
        }
        Err(Problem::typed(
            Kind::Conflict,
            "idempotency-key-in-flight",
            "A request with this Idempotency-Key is still being worked on. Wait a moment, then send it again.",
        ))
    }

    /// Stores the answer beside the effect and commits both.
    async fn keep<T: Serialize>(
        &self,
        mut tx: Tx,
        caller: &str,
        fingerprint: Vec<u8>,
        Reply { status, location, body }: Reply<T>,
    ) -> Result<Response, Problem> {
        let body = serde_json::to_string(&body).map_err(Problem::internal)?;
        let status = i16::try_from(status.as_u16()).map_err(Problem::internal)?;
        let answer = Answer { fingerprint, status, location, body };
        let now = tx.now();
        if answer.keep(tx.conn(), (caller, &self.key), now).await? {
            tx.commit().await?;
            return Ok(answer.into_response());
        }
        // A twin ended between our look and our lock: its effect is the one that counts.
        let twin = Answer::find(tx.conn(), caller, &self.key).await?;
        tx.rollback().await?;
        twin.ok_or_else(|| Problem::internal(anyhow::anyhow!("a stored answer is gone")))?
            .replay(&answer.fingerprint)
    }
}

/// Erases the answers that were given to a caller: they hold what is personal, and an account that is gone repeats
/// nothing. Those given to others about the caller go when they are two days old, as all do.
///
/// # Errors
///
/// When the store is away.
pub async fn forget(tx: &mut Tx, caller: impl Display) -> Result<(), sqlx::Error> {
    answers::erase(tx.conn(), &caller.to_string()).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fingerprints_are_what_they_were_when_answers_were_stored() {
        let key = IdempotencyKey { key: "k".into(), route: "POST /api/v1/checkout".into() };
        let hex = |body: &serde_json::Value| hex::encode(key.fingerprint(body).unwrap());
        assert_eq!(
            hex(&json!({"a": [1, "b"]})),
            "132859bdc789f3fa18c2824a6d55ed833a0f809027e5763505e3606c98455ae8"
        );
        assert_eq!(hex(&json!(null)), "9ac02c23a5b4ba77a57ca1bb7dcfa5bfddbf4e193a47bf4c5ad1eb320d31d99e");
    }
}
