//! Table `token_families`: log-ins, each with the tokens that descend from it.

use sqlx::{FromRow, PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_chassis::auth::Role;
use warung_contracts::id::{SessionId, UserId};

use super::tokens::Revocation;

/// A log-in that lives.
#[derive(Debug, Clone, FromRow)]
pub struct Session {
    pub family_id: Uuid,
    /// What the device calls itself.
    pub device: Option<String>,
    /// The address it was last used from.
    pub source: Option<String>,
    pub created_at: OffsetDateTime,
    pub last_used_at: Option<OffsetDateTime>,
}

/// A new log-in.
#[derive(Debug)]
pub struct New<'a> {
    pub session: SessionId,
    pub user_id: UserId,
    pub device: Option<&'a str>,
    pub source: Option<&'a str>,
    /// When its newest token ends.
    pub expires_at: OffsetDateTime,
}

/// Adds a log-in, for which a password was shown just now.
pub async fn insert(conn: &mut PgConnection, new: New<'_>, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let New { session, user_id, device, source, expires_at } = new;
    sqlx::query(
        "INSERT INTO token_families (family_id, user_id, created_at, last_used_at, proven_at, expires_at, device, source) \
         VALUES ($1, $2, $3, $3, $3, $4, $5, $6)",
    )
    .bind(session.uuid())
    .bind(user_id.uuid())
    .bind(now)
    .bind(expires_at)
    .bind(device)
    .bind(source)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a log-in was used.
pub async fn touch(
    conn: &mut PgConnection,
    session: SessionId,
    source: Option<&str>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE token_families SET last_used_at = $2, source = coalesce($3, source) WHERE family_id = $1",
    )
    .bind(session.uuid())
    .bind(now)
    .bind(source)
    .execute(conn)
    .await?;
    Ok(())
}

/// A user's log-ins that live, after this one, oldest first.
pub async fn page(
    pool: &PgPool,
    user_id: UserId,
    after: Option<SessionId>,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Session>, sqlx::Error> {
    sqlx::query_as(
        "SELECT family_id, device, source, created_at, last_used_at FROM token_families \
         WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 AND ($3::uuid IS NULL OR family_id > $3) \
         ORDER BY family_id LIMIT $4",
    )
    .bind(user_id.uuid())
    .bind(now)
    .bind(after.map(SessionId::uuid))
    .bind(limit)
    .fetch_all(pool)
    .await
}

/// What became of a log-in and its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Nothing ended it, and its time is not over.
    pub lives: bool,
    pub suspended: bool,
    /// The greatest role that the account has now.
    pub role: Role,
}

/// How a user's log-in stands; none when the account is gone, or has no such log-in.
pub async fn standing(
    pool: &PgPool,
    user_id: UserId,
    session: SessionId,
    now: OffsetDateTime,
) -> Result<Option<Standing>, sqlx::Error> {
    let row: Option<(bool, bool, String)> = sqlx::query_as(
        "SELECT f.revoked_at IS NULL AND f.expires_at > $3, u.suspended_at IS NOT NULL, u.role \
         FROM token_families f JOIN users u USING (user_id) WHERE f.family_id = $1 AND f.user_id = $2",
    )
    .bind(session.uuid())
    .bind(user_id.uuid())
    .bind(now)
    .fetch_optional(pool)
    .await?;
    let Some((lives, suspended, role)) = row else { return Ok(None) };
    let role = role
        .parse()
        .map_err(|_| sqlx::Error::Decode(format!("users.role of {} can't be read", user_id.uuid()).into()))?;
    Ok(Some(Standing { lives, suspended, role }))
}

/// Ends a user's log-in; false when it is not theirs or does not live. One that ended keeps its first reason.
pub async fn revoke(
    conn: &mut PgConnection,
    user_id: UserId,
    session: SessionId,
    why: Revocation,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE token_families SET revoked_at = $3, revoked_for = $4 \
         WHERE family_id = $1 AND user_id = $2 AND revoked_at IS NULL",
    )
    .bind(session.uuid())
    .bind(user_id.uuid())
    .bind(now)
    .bind(why.name())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends all log-ins of a user but one; returns how many.
pub async fn revoke_all(
    conn: &mut PgConnection,
    user_id: UserId,
    but: Option<SessionId>,
    why: Revocation,
    now: OffsetDateTime,
) -> Result<u64, sqlx::Error> {
    // The locks in one order, so that two who end the same log-ins do not wait for each other.
    let done = sqlx::query(
        "UPDATE token_families SET revoked_at = $3, revoked_for = $4 WHERE family_id IN \
         (SELECT family_id FROM token_families WHERE user_id = $1 AND revoked_at IS NULL \
          AND ($2::uuid IS NULL OR family_id <> $2) ORDER BY family_id FOR UPDATE)",
    )
    .bind(user_id.uuid())
    .bind(but.map(SessionId::uuid))
    .bind(now)
    .bind(why.name())
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
