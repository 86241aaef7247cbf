//! Tables `profiles` and `erased_users`.

use sqlx::{FromRow, PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{event::EmailChanged, id::UserId};

use crate::domain::profile::Profile;

#[derive(FromRow)]
struct Row {
    user_id: Uuid,
    email: String,
    name: String,
    locale: String,
    phone: Option<String>,
    version: i64,
    created_at: OffsetDateTime,
}

impl From<Row> for Profile {
    fn from(row: Row) -> Self {
        let Row { user_id, email, name, locale, phone, version, created_at } = row;
        Self { user_id: UserId(user_id), email, name, locale, phone, version, created_at }
    }
}

/// Adds a profile; one that is there stays.
pub async fn insert(conn: &mut PgConnection, profile: &Profile) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO profiles (user_id, email, name, locale, phone, version, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (user_id) DO NOTHING",
    )
    .bind(profile.user_id.uuid())
    .bind(&profile.email)
    .bind(&profile.name)
    .bind(&profile.locale)
    .bind(&profile.phone)
    .bind(profile.version)
    .bind(profile.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// A user's profile.
pub async fn find(conn: impl PgExecutor<'_>, user_id: UserId) -> Result<Option<Profile>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT user_id, email, name, locale, phone, version, created_at FROM profiles WHERE user_id = $1",
    )
    .bind(user_id.uuid())
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Profile::from))
}

/// A user's profile, held until the end of the transaction: also the lock of their addresses.
pub async fn lock(conn: &mut PgConnection, user_id: UserId) -> Result<Option<Profile>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT user_id, email, name, locale, phone, version, created_at FROM profiles WHERE user_id = $1 FOR UPDATE",
    )
    .bind(user_id.uuid())
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Profile::from))
}

/// Writes what people may change.
pub async fn update(
    conn: &mut PgConnection,
    profile: &Profile,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE profiles SET name = $2, locale = $3, phone = $4, version = $5, updated_at = $6 WHERE user_id = $1")
        .bind(profile.user_id.uuid())
        .bind(&profile.name)
        .bind(&profile.locale)
        .bind(&profile.phone)
        .bind(profile.version)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes the address that auth owns, unless a newer one is known. The profile's version grows: its owner sees a change.
pub async fn set_email(
    conn: &mut PgConnection,
    event: &EmailChanged,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE profiles SET email = $2, email_version = $3, version = version + 1, updated_at = $4 \
         WHERE user_id = $1 AND email_version <= $3",
    )
    .bind(event.user_id.uuid())
    .bind(&event.email)
    .bind(event.version)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Held until the end of the transaction by whoever makes or erases somebody's profile: a row that is not there yet, or not
/// any more, can't be locked, and whoever comes second must see what the first did.
pub async fn lock_making(conn: &mut PgConnection, user_id: UserId) -> Result<(), sqlx::Error> {
    // In a statement of its own: what is read afterwards is what the holder before left.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('erasure of ' || $1::text, 0))")
        .bind(user_id.uuid())
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes that somebody's data was erased.
pub async fn mark_erased(
    conn: &mut PgConnection,
    user_id: UserId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO erased_users (user_id, erased_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(user_id.uuid())
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether somebody's data was erased.
pub async fn is_erased(conn: &mut PgConnection, user_id: UserId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM erased_users WHERE user_id = $1)")
        .bind(user_id.uuid())
        .fetch_one(conn)
        .await
}

/// Forgets a profile and its addresses.
pub async fn delete(conn: &mut PgConnection, user_id: UserId) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM profiles WHERE user_id = $1").bind(user_id.uuid()).execute(conn).await?;
    Ok(())
}
