//! Tables `totp_secrets`, `recovery_codes` and `login_challenges`.

use sqlx::{FromRow, PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::UserId;

/// A device's secret.
#[derive(Debug, Clone, FromRow)]
pub struct Totp {
    pub sealed: Vec<u8>,
    pub confirmed_at: Option<OffsetDateTime>,
    /// The time step of the last code taken.
    pub last_step: Option<i64>,
}

/// Keeps a secret that its owner has yet to confirm; false when a confirmed one is there.
pub async fn propose(
    conn: &mut PgConnection,
    user_id: UserId,
    sealed: &[u8],
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO totp_secrets AS t (user_id, sealed, created_at) VALUES ($1, $2, $3) \
         ON CONFLICT (user_id) DO UPDATE SET sealed = $2, created_at = $3, last_step = NULL WHERE t.confirmed_at IS NULL",
    )
    .bind(user_id.uuid())
    .bind(sealed)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A user's secret, held until the end of the transaction: of two that send one code the second sees it taken.
pub async fn lock(conn: &mut PgConnection, user_id: UserId) -> Result<Option<Totp>, sqlx::Error> {
    sqlx::query_as("SELECT sealed, confirmed_at, last_step FROM totp_secrets WHERE user_id = $1 FOR UPDATE")
        .bind(user_id.uuid())
        .fetch_optional(conn)
        .await
}

/// Notes the last code taken, which also confirms the secret.
pub async fn take_step(
    conn: &mut PgConnection,
    user_id: UserId,
    step: i64,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE totp_secrets SET last_step = $2, confirmed_at = coalesce(confirmed_at, $3) WHERE user_id = $1",
    )
    .bind(user_id.uuid())
    .bind(step)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the secret and its codes.
pub async fn delete(conn: &mut PgConnection, user_id: UserId) -> Result<(), sqlx::Error> {
    for statement in
        ["DELETE FROM totp_secrets WHERE user_id = $1", "DELETE FROM recovery_codes WHERE user_id = $1"]
    {
        sqlx::query(statement).bind(user_id.uuid()).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Forgets a secret that its owner has not confirmed.
pub async fn delete_proposed(conn: &mut PgConnection, user_id: UserId) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM totp_secrets WHERE user_id = $1 AND confirmed_at IS NULL")
        .bind(user_id.uuid())
        .execute(conn)
        .await?;
    Ok(())
}

/// Replaces a user's recovery codes.
pub async fn replace_codes(
    conn: &mut PgConnection,
    user_id: UserId,
    hashes: &[[u8; 32]],
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM recovery_codes WHERE user_id = $1")
        .bind(user_id.uuid())
        .execute(&mut *conn)
        .await?;
    let hashes: Vec<&[u8]> = hashes.iter().map(<[u8; 32]>::as_slice).collect();
    sqlx::query(
        "INSERT INTO recovery_codes (code_hash, user_id) SELECT hash, $2 FROM unnest($1::bytea[]) AS hash",
    )
    .bind(hashes)
    .bind(user_id.uuid())
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a recovery code; false when it is not one of the user's or was taken before.
pub async fn take_code(
    conn: &mut PgConnection,
    user_id: UserId,
    code_hash: [u8; 32],
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE recovery_codes SET used_at = $3 WHERE code_hash = $1 AND user_id = $2 AND used_at IS NULL",
    )
    .bind(code_hash.as_slice())
    .bind(user_id.uuid())
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Recovery codes that are left.
pub async fn codes_left(conn: impl PgExecutor<'_>, user_id: UserId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL")
        .bind(user_id.uuid())
        .fetch_one(conn)
        .await
}

/// A log-in that waits for its second factor.
#[derive(Debug, Clone)]
pub struct Challenge {
    pub user_id: UserId,
    pub device: Option<String>,
}

/// Keeps a challenge.
pub async fn insert_challenge(
    conn: &mut PgConnection,
    token_hash: [u8; 32],
    challenge: &Challenge,
    expires_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO login_challenges (token_hash, user_id, device, expires_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(token_hash.as_slice())
    .bind(challenge.user_id.uuid())
    .bind(&challenge.device)
    .bind(expires_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// A challenge that has not ended.
pub async fn find_challenge(
    pool: &PgPool,
    token_hash: [u8; 32],
    now: OffsetDateTime,
) -> Result<Option<Challenge>, sqlx::Error> {
    let row: Option<(Uuid, Option<String>)> = sqlx::query_as(
        "SELECT user_id, device FROM login_challenges WHERE token_hash = $1 AND expires_at > $2",
    )
    .bind(token_hash.as_slice())
    .bind(now)
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|(user_id, device)| Challenge { user_id: UserId(user_id), device }))
}

/// Ends a challenge; false when another did.
pub async fn end_challenge(conn: &mut PgConnection, token_hash: [u8; 32]) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("DELETE FROM login_challenges WHERE token_hash = $1")
        .bind(token_hash.as_slice())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends all challenges of a user.
pub async fn delete_challenges(conn: &mut PgConnection, user_id: UserId) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM login_challenges WHERE user_id = $1").bind(user_id.uuid()).execute(conn).await?;
    Ok(())
}

/// Forgets challenges that ended before this time, so many at most; returns how many.
pub async fn sweep(pool: &PgPool, before: OffsetDateTime, limit: i64) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(
        "DELETE FROM login_challenges WHERE token_hash IN \
         (SELECT token_hash FROM login_challenges WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)",
    )
    .bind(before)
    .bind(limit)
    .execute(pool)
    .await?;
    Ok(done.rows_affected())
}
