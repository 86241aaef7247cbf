//! Tables `link_requests` and `reset_requests`.

use sqlx::{FromRow, PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::UserId;

use crate::domain::{
    email::Email,
    link::{Link, Purpose},
};

#[derive(FromRow)]
struct Row {
    request_id: Uuid,
    user_id: Uuid,
    purpose: String,
    email: String,
    expires_at: OffsetDateTime,
    used_at: Option<OffsetDateTime>,
}

/// A link that was found.
#[derive(Debug)]
pub struct Found {
    pub request_id: Uuid,
    pub user_id: UserId,
    pub link: Link,
}

impl TryFrom<Row> for Found {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let Row { request_id, user_id, purpose, email, expires_at, used_at } = row;
        let wrong = |column: &str| {
            sqlx::Error::Decode(format!("link_requests.{column} of {request_id} can't be read").into())
        };
        let purpose = Purpose::ALL.into_iter().find(|known| known.name() == purpose);
        let purpose = purpose.ok_or_else(|| wrong("purpose"))?;
        let email: Email = email.parse().map_err(|_| wrong("email"))?;
        let link = Link { purpose, email, expires_at, used_at };
        Ok(Self { request_id, user_id: UserId(user_id), link })
    }
}

/// Adds a link.
pub async fn insert(
    conn: &mut PgConnection,
    found: &Found,
    token_hash: [u8; 32],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO link_requests (request_id, user_id, purpose, email, token_hash, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(found.request_id)
    .bind(found.user_id.uuid())
    .bind(found.link.purpose.name())
    .bind(found.link.email.as_str())
    .bind(token_hash.as_slice())
    .bind(now)
    .bind(found.link.expires_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The link of a token.
pub async fn find(conn: impl PgExecutor<'_>, token_hash: [u8; 32]) -> Result<Option<Found>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT request_id, user_id, purpose, email, expires_at, used_at FROM link_requests WHERE token_hash = $1",
    )
    .bind(token_hash.as_slice())
    .fetch_optional(conn)
    .await?;
    row.map(Found::try_from).transpose()
}

/// The link of a request.
pub async fn find_request(pool: &PgPool, request_id: Uuid) -> Result<Option<Found>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT request_id, user_id, purpose, email, expires_at, used_at FROM link_requests WHERE request_id = $1",
    )
    .bind(request_id)
    .fetch_optional(pool)
    .await?;
    row.map(Found::try_from).transpose()
}

/// Marks a link as opened.
pub async fn mark_used(
    conn: &mut PgConnection,
    request_id: Uuid,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE link_requests SET used_at = $2 WHERE request_id = $1")
        .bind(request_id)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends links of these purposes that were not opened yet, except those to this address.
pub async fn end(
    conn: &mut PgConnection,
    user_id: UserId,
    purposes: &[Purpose],
    but: Option<&Email>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let purposes: Vec<&str> = purposes.iter().map(|purpose| purpose.name()).collect();
    sqlx::query(
        "UPDATE link_requests SET expires_at = $3 WHERE user_id = $1 AND purpose = ANY($2) AND used_at IS NULL \
         AND expires_at > $3 AND ($4::text IS NULL OR email <> $4)",
    )
    .bind(user_id.uuid())
    .bind(purposes)
    .bind(now)
    .bind(but.map(Email::as_str))
    .execute(conn)
    .await?;
    Ok(())
}

/// Links of a purpose that an account got since then.
pub async fn count_since(
    conn: &mut PgConnection,
    user_id: UserId,
    purpose: Purpose,
    since: OffsetDateTime,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT count(*) FROM link_requests WHERE user_id = $1 AND purpose = $2 AND created_at > $3",
    )
    .bind(user_id.uuid())
    .bind(purpose.name())
    .bind(since)
    .fetch_one(conn)
    .await
}

/// Notes that somebody forgot the password of this address.
pub async fn insert_reset(
    conn: &mut PgConnection,
    request_id: Uuid,
    email: &Email,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO reset_requests (request_id, email, created_at) VALUES ($1, $2, $3)")
        .bind(request_id)
        .bind(email.as_str())
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes the oldest of these notes; its row is gone with the transaction.
pub async fn take_reset(conn: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar(
        "DELETE FROM reset_requests WHERE request_id = \
         (SELECT request_id FROM reset_requests ORDER BY request_id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING email",
    )
    .fetch_optional(conn)
    .await
}

/// Forgets links that ended before this time, at most this many; returns how many.
pub async fn sweep(pool: &PgPool, before: OffsetDateTime, limit: i64) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(
        "DELETE FROM link_requests WHERE request_id IN \
         (SELECT request_id FROM link_requests WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)",
    )
    .bind(before)
    .bind(limit)
    .execute(pool)
    .await?;
    Ok(done.rows_affected())
}
