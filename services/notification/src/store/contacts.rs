//! Table `contacts`.

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, FromRow, PgConnection, Row as _};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{
    event::{Contact as Told, EmailChanged, ProfileChanged, UserRegistered},
    id::{OrderId, UserId},
};

use super::bounces;
use crate::domain::{notice::STAFF, skip::Skip};

/// How to reach somebody.
#[derive(Debug, Clone, FromRow)]
pub struct Contact {
    pub email: String,
    pub name: String,
    /// BCP 47.
    pub locale: String,
    /// E.164.
    pub phone: Option<String>,
    /// Of a guest: the one order this is the contact of.
    pub guest_of: Option<Uuid>,
    /// Of a guest: the account that claimed the order, and is told instead.
    pub claimed_by: Option<Uuid>,
    /// The account was deleted: nothing else is known.
    pub deleted_at: Option<OffsetDateTime>,
    pub created_at: OffsetDateTime,
}

/// Adds a contact; one that is there stays.
pub async fn insert(
    conn: &mut PgConnection,
    user_id: UserId,
    contact: &Told,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    insert_told(conn, (user_id, None), contact, now).await
}

/// Adds a contact that an order says, of a guest with that order; one that is there stays.
pub async fn insert_told(
    conn: &mut PgConnection,
    who: (UserId, Option<OrderId>),
    contact: &Told,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    write(conn, who, contact, now, "NOTHING").await
}

/// Adds a contact, or changes it to this.
pub async fn put(
    conn: &mut PgConnection,
    user_id: UserId,
    contact: &Told,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    write(conn, (user_id, None), contact, now, "UPDATE SET email = $2, name = $3, locale = $4, phone = $5")
        .await
}

async fn write(
    conn: &mut PgConnection,
    (user_id, guest_of): (UserId, Option<OrderId>),
    contact: &Told,
    now: OffsetDateTime,
    where_it_is_there: &'static str,
) -> Result<(), sqlx::Error> {
    sqlx::query(AssertSqlSafe(format!(
        "INSERT INTO contacts (user_id, email, name, locale, phone, created_at, guest_of) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (user_id) DO {where_it_is_there}"
    )))
    .bind(user_id.uuid())
    .bind(&contact.email)
    .bind(&contact.name)
    .bind(&contact.locale)
    .bind(&contact.phone)
    .bind(now)
    .bind(guest_of.map(OrderId::uuid))
    .execute(conn)
    .await?;
    Ok(())
}

/// What a registration says of its contact.
pub fn of(event: &UserRegistered) -> Told {
    let UserRegistered { email, name, locale, .. } = event.clone();
    Told { email, name, phone: None, locale }
}

/// Changes what somebody says of themselves, unless something newer is known; says whether they are known.
pub async fn update_profile(conn: &mut PgConnection, profile: &ProfileChanged) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE contacts SET name = $2, phone = $3, locale = $4, profile_version = $5 \
         WHERE user_id = $1 AND profile_version <= $5 AND deleted_at IS NULL",
    )
    .bind(profile.user_id.uuid())
    .bind(&profile.name)
    .bind(&profile.phone)
    .bind(&profile.locale)
    .bind(profile.version)
    .execute(&mut *conn)
    .await?;
    Ok(done.rows_affected() == 1 || find(conn, profile.user_id).await?.is_some())
}

/// Changes where email goes, unless something newer is known.
pub async fn update_email(conn: &mut PgConnection, event: &EmailChanged) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE contacts SET email = $2, email_version = $3 \
         WHERE user_id = $1 AND email_version <= $3 AND deleted_at IS NULL",
    )
    .bind(event.user_id.uuid())
    .bind(&event.email)
    .bind(event.version)
    .execute(conn)
    .await?;
    Ok(())
}

const COLUMNS: &str =
    "SELECT user_id, email, name, locale, phone, guest_of, claimed_by, deleted_at, created_at FROM contacts";

/// A user's contact.
pub async fn find(conn: &mut PgConnection, user_id: UserId) -> Result<Option<Contact>, sqlx::Error> {
    sqlx::query_as(AssertSqlSafe(format!("{COLUMNS} WHERE user_id = $1")))
        .bind(user_id.uuid())
        .fetch_optional(conn)
        .await
}

/// These users' contacts, held until the transaction ends; unknown ones are left out. Nobody is erased while a message to
/// them is being written: erasing comes before it, or after it and takes it along.
pub async fn hold(
    conn: &mut PgConnection,
    users: &[UserId],
) -> Result<HashMap<UserId, Contact>, sqlx::Error> {
    let ids: Vec<Uuid> = users.iter().map(|id| id.uuid()).collect();
    let rows =
        sqlx::query(AssertSqlSafe(format!("{COLUMNS} WHERE user_id = ANY($1) ORDER BY user_id FOR SHARE")))
            .bind(ids)
            .fetch_all(conn)
            .await?;
    rows.iter().map(|row| Ok((UserId(row.try_get("user_id")?), Contact::from_row(row)?))).collect()
}

/// Notes that an account is told instead of a guest, of whom nothing else is kept; also of one who is not known yet.
pub async fn claim(
    conn: &mut PgConnection,
    guest: UserId,
    account: UserId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO contacts (user_id, email, name, locale, created_at, claimed_by) VALUES ($1, '', '', 'en', $3, $2) \
         ON CONFLICT (user_id) DO UPDATE SET email = '', name = '', phone = NULL, guest_of = NULL, claimed_by = $2",
    )
    .bind(guest.uuid())
    .bind(account.uuid())
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether an account is gone; the erasure of one that is not waits until the transaction ends, also of one that is not
/// known yet and has no row to be held.
pub async fn is_gone(conn: &mut PgConnection, user_id: UserId) -> Result<bool, sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock_shared(hashtextextended('erasure of ' || $1::text, 0))")
        .bind(user_id.uuid())
        .execute(&mut *conn)
        .await?;
    // In a statement of its own: an erasure that was waited for is seen.
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM contacts WHERE user_id = $1 AND deleted_at IS NOT NULL)")
        .bind(user_id.uuid())
        .fetch_one(conn)
        .await
}

/// Erases a contact; what was written to it goes, too. One that is not known yet is never to be. Waits for what its owner
/// chooses or registers at the same moment, which goes with it.
pub async fn erase(conn: &mut PgConnection, user_id: UserId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('erasure of ' || $1::text, 0))")
        .bind(user_id.uuid())
        .execute(&mut *conn)
        .await?;
    sqlx::query("SELECT FROM contacts WHERE user_id = $1 FOR UPDATE")
        .bind(user_id.uuid())
        .execute(&mut *conn)
        .await?;
    bounces::forget_words(conn, user_id.uuid()).await?;
    sqlx::query(
        "INSERT INTO contacts (user_id, email, name, locale, created_at, deleted_at) VALUES ($1, '', '', 'en', $2, $2) \
         ON CONFLICT (user_id) DO UPDATE SET email = '', name = '', phone = NULL, locale = 'en', deleted_at = $2",
    )
    .bind(user_id.uuid())
    .bind(now)
    .execute(&mut *conn)
    .await?;
    for statement in ["DELETE FROM devices WHERE user_id = $1", "DELETE FROM preferences WHERE user_id = $1"]
    {
        sqlx::query(statement).bind(user_id.uuid()).execute(&mut *conn).await?;
    }
    // What staff read of this person's orders, in whose own words they may be told what is sent back.
    sqlx::query(
        "UPDATE notifications SET subject = '', body = '', html = NULL, \
         reason = CASE WHEN state = 'pending' THEN $3 ELSE reason END, finished_at = coalesce(finished_at, $2), \
         state = CASE WHEN state = 'pending' THEN 'skipped' ELSE state END \
         WHERE user_id = $4 AND about IN (SELECT about FROM notifications WHERE user_id = $1 AND about IS NOT NULL) \
         AND (state <> 'pending' OR event_type LIKE 'warung.order.return%')",
    )
    .bind(user_id.uuid())
    .bind(now)
    .bind(Skip::AccountDeleted.as_str())
    .bind(STAFF.uuid())
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "UPDATE notifications SET recipient = '', subject = '', body = '', html = NULL, request_id = NULL, \
         last_error = NULL, reason = CASE WHEN state = 'pending' THEN $3 ELSE reason END, \
         finished_at = coalesce(finished_at, $2), \
         state = CASE WHEN state = 'pending' THEN 'skipped' ELSE state END WHERE user_id = $1",
    )
    .bind(user_id.uuid())
    .bind(now)
    .bind(Skip::AccountDeleted.as_str())
    .execute(conn)
    .await?;
    Ok(())
}
