//! Tables `known_devices` and `known_networks`.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use warung_contracts::id::UserId;

/// Devices that an account remembers; the one longest unused gives way.
const DEVICES_MAX: i64 = 20;
/// Networks that an account remembers.
const NETWORKS_MAX: i64 = 20;

/// Remembers a device, in place of the one longest unused when there are too many.
pub async fn insert(
    conn: &mut PgConnection,
    user_id: UserId,
    token_hash: [u8; 32],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH gone AS (DELETE FROM known_devices WHERE token_hash IN \
         (SELECT token_hash FROM known_devices WHERE user_id = $2 ORDER BY last_used_at DESC OFFSET $4 - 1)) \
         INSERT INTO known_devices (token_hash, user_id, created_at, last_used_at) VALUES ($1, $2, $3, $3)",
    )
    .bind(token_hash.as_slice())
    .bind(user_id.uuid())
    .bind(now)
    .bind(DEVICES_MAX)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a device was used; whether it is one of this user's.
pub async fn touch(
    conn: &mut PgConnection,
    user_id: UserId,
    token_hash: [u8; 32],
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done =
        sqlx::query("UPDATE known_devices SET last_used_at = $3 WHERE token_hash = $1 AND user_id = $2")
            .bind(token_hash.as_slice())
            .bind(user_id.uuid())
            .bind(now)
            .execute(conn)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether an account remembers a network.
pub async fn knows_network(
    conn: &mut PgConnection,
    user_id: UserId,
    network: &str,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM known_networks WHERE user_id = $1 AND network = $2)")
        .bind(user_id.uuid())
        .bind(network)
        .fetch_one(conn)
        .await
}

/// Remembers a network.
pub async fn remember_network(
    conn: &mut PgConnection,
    user_id: UserId,
    network: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO known_networks (user_id, network, last_used_at) VALUES ($1, $2, $3) \
         ON CONFLICT (user_id, network) DO UPDATE SET last_used_at = $3",
    )
    .bind(user_id.uuid())
    .bind(network)
    .bind(now)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "DELETE FROM known_networks WHERE user_id = $1 AND network IN \
         (SELECT network FROM known_networks WHERE user_id = $1 ORDER BY last_used_at DESC OFFSET $2)",
    )
    .bind(user_id.uuid())
    .bind(NETWORKS_MAX)
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets what was known of an account: after somebody else may have been in it.
pub async fn forget_all(conn: &mut PgConnection, user_id: UserId) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM known_devices WHERE user_id = $1")
        .bind(user_id.uuid())
        .execute(&mut *conn)
        .await?;
    sqlx::query("DELETE FROM known_networks WHERE user_id = $1").bind(user_id.uuid()).execute(conn).await?;
    Ok(())
}

/// Forgets devices and networks unused since then, so many of each at most; returns how many.
pub async fn sweep(pool: &PgPool, before: OffsetDateTime, limit: i64) -> Result<u64, sqlx::Error> {
    const DEVICES: &str = "DELETE FROM known_devices WHERE token_hash IN \
        (SELECT token_hash FROM known_devices WHERE last_used_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";
    const NETWORKS: &str = "DELETE FROM known_networks WHERE (user_id, network) IN \
        (SELECT user_id, network FROM known_networks WHERE last_used_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";
    let mut gone = 0;
    for delete in [DEVICES, NETWORKS] {
        gone += sqlx::query(delete).bind(before).bind(limit).execute(pool).await?.rows_affected();
    }
    Ok(gone)
}
