//! Table `addresses`. Writers hold the profile's lock.

use sqlx::{FromRow, PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{AddressId, UserId};

use crate::domain::address::{Address, Details};

#[derive(FromRow)]
struct Row {
    address_id: Uuid,
    label: Option<String>,
    recipient: String,
    phone: Option<String>,
    line1: String,
    line2: Option<String>,
    city: String,
    province: Option<String>,
    postal_code: String,
    country: String,
    preferred: bool,
    version: i64,
}

impl From<Row> for Address {
    fn from(row: Row) -> Self {
        let Row {
            address_id,
            label,
            recipient,
            phone,
            line1,
            line2,
            city,
            province,
            postal_code,
            country,
            preferred,
            version,
        } = row;
        let details = Details { label, recipient, phone, line1, line2, city, province, postal_code, country };
        Self { address_id: AddressId(address_id), details, preferred, version }
    }
}

/// A user's address.
pub async fn find(
    conn: impl PgExecutor<'_>,
    user_id: UserId,
    address_id: AddressId,
) -> Result<Option<Address>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT address_id, label, recipient, phone, line1, line2, city, province, postal_code, country, preferred, version \
         FROM addresses WHERE user_id = $1 AND address_id = $2",
    )
    .bind(user_id.uuid())
    .bind(address_id.uuid())
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Address::from))
}

/// A user's addresses after this one, oldest first.
pub async fn page(
    pool: &PgPool,
    user_id: UserId,
    after: Option<AddressId>,
    limit: i64,
) -> Result<Vec<Address>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT address_id, label, recipient, phone, line1, line2, city, province, postal_code, country, preferred, version \
         FROM addresses WHERE user_id = $1 AND ($2::uuid IS NULL OR address_id > $2) ORDER BY address_id LIMIT $3",
    )
    .bind(user_id.uuid())
    .bind(after.map(AddressId::uuid))
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Address::from).collect())
}

/// How many addresses a user has.
pub async fn count(conn: &mut PgConnection, user_id: UserId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*) FROM addresses WHERE user_id = $1")
        .bind(user_id.uuid())
        .fetch_one(conn)
        .await
}

/// Adds an address, or writes all of one that is there.
pub async fn save(
    conn: &mut PgConnection,
    user_id: UserId,
    address: &Address,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let Address { address_id, details, preferred, version } = address;
    sqlx::query(
        "INSERT INTO addresses (address_id, user_id, label, recipient, phone, line1, line2, city, province, postal_code, \
         country, preferred, version, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) \
         ON CONFLICT (address_id) DO UPDATE SET label = $3, recipient = $4, phone = $5, line1 = $6, line2 = $7, city = $8, \
         province = $9, postal_code = $10, country = $11, preferred = $12, version = $13, updated_at = $14",
    )
    .bind(address_id.uuid())
    .bind(user_id.uuid())
    .bind(&details.label)
    .bind(&details.recipient)
    .bind(&details.phone)
    .bind(&details.line1)
    .bind(&details.line2)
    .bind(&details.city)
    .bind(&details.province)
    .bind(&details.postal_code)
    .bind(&details.country)
    .bind(preferred)
    .bind(version)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the preference from whichever address has it: before another gets it. Its version grows: its owner sees a change.
pub async fn unprefer(
    conn: &mut PgConnection,
    user_id: UserId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE addresses SET preferred = false, version = version + 1, updated_at = $2 WHERE user_id = $1 AND preferred",
    )
    .bind(user_id.uuid())
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives the preference to the oldest address, where there is one.
pub async fn prefer_oldest(
    conn: &mut PgConnection,
    user_id: UserId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE addresses SET preferred = true, version = version + 1, updated_at = $2 WHERE address_id = \
         (SELECT address_id FROM addresses WHERE user_id = $1 ORDER BY address_id LIMIT 1)",
    )
    .bind(user_id.uuid())
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes an address; whether it was there.
pub async fn delete(
    conn: &mut PgConnection,
    user_id: UserId,
    address_id: AddressId,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("DELETE FROM addresses WHERE user_id = $1 AND address_id = $2")
        .bind(user_id.uuid())
        .bind(address_id.uuid())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}
