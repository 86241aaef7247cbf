//! The answers that were given, by caller and key.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use time::OffsetDateTime;

use crate::{
    error::Kind,
    http::{Problem, reply},
};

/// An answer that was given, or is about to be.
pub struct Answer {
    pub fingerprint: Vec<u8>,
    pub status: i16,
    pub location: Option<String>,
    /// JSON.
    pub body: String,
}

/// Whose a key is.
pub enum Held {
    Mine,
    ByTwin,
    Answered(Answer),
}

impl Answer {
    /// What the key was answered, if it was.
    pub async fn find(conn: &mut PgConnection, caller: &str, key: &str) -> Result<Option<Self>, sqlx::Error> {
        let row = sqlx::query(
            "SELECT fingerprint, status, location, body FROM idempotency_keys WHERE caller = $1 AND key = $2",
        )
        .bind(caller)
        .bind(key)
        .fetch_optional(conn)
        .await?;
        row.map_or(Ok(None), |row| Self::read(&row))
    }

    /// Writes it down; false when the key has an answer already.
    pub async fn keep(
        &self,
        conn: &mut PgConnection,
        (caller, key): (&str, &str),
        now: OffsetDateTime,
    ) -> Result<bool, sqlx::Error> {
        let kept = sqlx::query(
            "INSERT INTO idempotency_keys (caller, key, fingerprint, status, location, body, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        )
        .bind(caller)
        .bind(key)
        .bind(&self.fingerprint)
        .bind(self.status)
        .bind(&self.location)
        .bind(&self.body)
        .bind(now)
        .execute(conn)
        .await?;
        Ok(kept.rows_affected() == 1)
    }

    /// The columns of `idempotency_keys`; none when they are NULL.
    fn read(row: &PgRow) -> Result<Option<Self>, sqlx::Error> {
        let Some(fingerprint) = row.try_get("fingerprint")? else { return Ok(None) };
        let (status, location, body) =
            (row.try_get("status")?, row.try_get("location")?, row.try_get("body")?);
        Ok(Some(Self { fingerprint, status, location, body }))
    }

    /// The answer again, to the same request alone.
    pub fn replay(self, fingerprint: &[u8]) -> Result<Response, Problem> {
        if self.fingerprint != fingerprint {
            return Err(Problem::typed(
                Kind::Unprocessable,
                "idempotency-key-reused",
                "This Idempotency-Key was used for another request. Take a new key for a new intent.",
            ));
        }
        let mut response = self.into_response();
        response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
        Ok(response)
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = u16::try_from(self.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
        let status = status.unwrap_or(StatusCode::OK);
        let response = (status, [(header::CONTENT_TYPE, "application/json")], self.body).into_response();
        reply::at(response, self.location.as_deref())
    }
}

/// Tries to hold a key until the transaction ends, and looks for its answer, in one statement. The answer of a twin that
/// ends just now may be missed: [`Answer::keep`] notices.
pub async fn hold(conn: &mut PgConnection, caller: &str, key: &str) -> Result<Held, sqlx::Error> {
    let row = sqlx::query(
        "SELECT pg_try_advisory_xact_lock(hashtextextended($1 || E'\\n' || $2, 7)) AS mine, k.* \
         FROM (VALUES (1)) AS one LEFT JOIN idempotency_keys k ON k.caller = $1 AND k.key = $2",
    )
    .bind(caller)
    .bind(key)
    .fetch_one(conn)
    .await?;
    Ok(match (Answer::read(&row)?, row.try_get("mine")?) {
        (Some(answer), _) => Held::Answered(answer),
        (None, true) => Held::Mine,
        (None, false) => Held::ByTwin,
    })
}

/// Erases what a caller was answered.
pub async fn erase(conn: &mut PgConnection, caller: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM idempotency_keys WHERE caller = $1").bind(caller).execute(conn).await?;
    Ok(())
}
