//! Table `contacts`.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;
use warung_contracts::{event::UserRegistered, id::UserId};

/// How to reach somebody.
#[derive(Debug, Clone, FromRow)]
pub struct Contact {
    pub email: String,
    pub name: String,
    /// BCP 47.
    pub locale: String,
}

/// Adds a contact; one that is there stays.
pub async fn insert(
    conn: &mut PgConnection,
    event: &UserRegistered,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO contacts (user_id, email, name, locale, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (user_id) DO NOTHING",
    )
    .bind(event.user_id.uuid())
    .bind(&event.email)
    .bind(&event.name)
    .bind(&event.locale)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// A user's contact.
pub async fn find(conn: &mut PgConnection, user_id: UserId) -> Result<Option<Contact>, sqlx::Error> {
    sqlx::query_as("SELECT email, name, locale FROM contacts WHERE user_id = $1")
        .bind(user_id.uuid())
        .fetch_optional(conn)
        .await
}
