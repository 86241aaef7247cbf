//! Table `refresh_tokens`, and what ends a family of them.

use sqlx::{FromRow, PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{SessionId, UserId};

use crate::domain::rotation::Known;

/// Why a family is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    Logout,
    /// A used token came back.
    Reuse,
    /// Its owner ended it from elsewhere.
    Owner,
    /// The password was changed or reset.
    Password,
    Admin,
}

impl Revocation {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Reuse => "reuse",
            Self::Owner => "owner",
            Self::Password => "password",
            Self::Admin => "admin",
        }
    }
}

/// A token that was found, with its family locked.
pub struct Found {
    pub session: SessionId,
    pub user_id: UserId,
    pub token: Known,
    /// When a password or a second factor was last shown for it.
    pub proven_at: Option<OffsetDateTime>,
}

#[derive(FromRow)]
struct Row {
    family_id: Uuid,
    user_id: Uuid,
    expires_at: OffsetDateTime,
    used_at: Option<OffsetDateTime>,
    revoked_at: Option<OffsetDateTime>,
    proven_at: Option<OffsetDateTime>,
}

/// Adds a token to a family, which lives as long as its newest token.
pub async fn insert(
    conn: &mut PgConnection,
    session: SessionId,
    token_hash: [u8; 32],
    now: OffsetDateTime,
    expires_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH family AS (UPDATE token_families SET expires_at = $4 WHERE family_id = $1) \
         INSERT INTO refresh_tokens (token_hash, family_id, issued_at, expires_at) VALUES ($2, $1, $3, $4)",
    )
    .bind(session.uuid())
    .bind(token_hash.as_slice())
    .bind(now)
    .bind(expires_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Finds a token and locks its family: of two requests with one token the second sees what the first did.
pub async fn lock(conn: &mut PgConnection, token_hash: [u8; 32]) -> Result<Option<Found>, sqlx::Error> {
    let family: Option<Uuid> =
        sqlx::query_scalar("SELECT family_id FROM refresh_tokens WHERE token_hash = $1")
            .bind(token_hash.as_slice())
            .fetch_optional(&mut *conn)
            .await?;
    let Some(family_id) = family else { return Ok(None) };
    // The lock in a statement of its own: what is read afterwards is what the holder before left.
    sqlx::query("SELECT FROM token_families WHERE family_id = $1 FOR UPDATE")
        .bind(family_id)
        .execute(&mut *conn)
        .await?;
    let row: Option<Row> = sqlx::query_as(
        "SELECT f.family_id, f.user_id, f.proven_at, t.expires_at, t.used_at, f.revoked_at \
         FROM refresh_tokens t JOIN token_families f USING (family_id) WHERE t.token_hash = $1",
    )
    .bind(token_hash.as_slice())
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Found {
        session: SessionId(row.family_id),
        user_id: UserId(row.user_id),
        proven_at: row.proven_at,
        token: Known { expires_at: row.expires_at, used_at: row.used_at, revoked: row.revoked_at.is_some() },
    }))
}

/// Whether a family, which the caller holds, has a token that is not exchanged yet.
pub async fn is_unused(
    conn: &mut PgConnection,
    session: SessionId,
    token_hash: [u8; 32],
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM refresh_tokens WHERE token_hash = $1 AND family_id = $2 AND used_at IS NULL)",
    )
    .bind(token_hash.as_slice())
    .bind(session.uuid())
    .fetch_one(conn)
    .await
}

/// Marks a token as exchanged.
pub async fn mark_used(
    conn: &mut PgConnection,
    token_hash: [u8; 32],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let done =
        sqlx::query("UPDATE refresh_tokens SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL")
            .bind(token_hash.as_slice())
            .bind(now)
            .execute(conn)
            .await?;
    match done.rows_affected() {
        1 => Ok(()),
        _ => Err(sqlx::Error::RowNotFound),
    }
}

/// Forgets families that ended before this time, at most this many; returns how many.
pub async fn sweep(pool: &PgPool, before: OffsetDateTime, limit: i64) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(
        "DELETE FROM token_families WHERE family_id IN \
         (SELECT family_id FROM token_families WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)",
    )
    .bind(before)
    .bind(limit)
    .execute(pool)
    .await?;
    Ok(done.rows_affected())
}
