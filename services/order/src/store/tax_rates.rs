//! Rates of tax.

use sqlx::{FromRow, PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::TaxRateId;

use crate::domain::tax::TaxRate;

/// A rate that is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    pub id: TaxRateId,
    pub rate: TaxRate,
    /// Grows by one with each change.
    pub version: i64,
    pub updated_at: OffsetDateTime,
}

#[derive(Debug, FromRow)]
struct Row {
    tax_rate_id: Uuid,
    tax_class: String,
    country: String,
    region: String,
    rate_ppm: i32,
    version: i64,
    updated_at: OffsetDateTime,
}

impl From<Row> for Kept {
    fn from(row: Row) -> Self {
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        let rate = TaxRate {
            class: row.tax_class,
            country: some(row.country),
            region: some(row.region),
            // The table's check keeps it between 0 and one whole.
            rate_ppm: u32::try_from(row.rate_ppm).unwrap_or(0),
        };
        Self { id: TaxRateId(row.tax_rate_id), rate, version: row.version, updated_at: row.updated_at }
    }
}

/// Every rate, by class and place.
pub async fn list(pool: &PgPool) -> Result<Vec<Kept>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as("SELECT * FROM tax_rates ORDER BY tax_class, country, lower(region)")
        .fetch_all(pool)
        .await?;
    Ok(rows.into_iter().map(Kept::from).collect())
}

/// The rate of the class and place that this rate is of, if there is one.
pub async fn find(conn: &mut PgConnection, rate: &TaxRate) -> Result<Option<Kept>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT * FROM tax_rates WHERE tax_class = $1 AND country = $2 AND lower(region) = lower($3)",
    )
    .bind(&rate.class)
    .bind(rate.country.as_deref().unwrap_or_default())
    .bind(rate.region.as_deref().unwrap_or_default().trim())
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Kept::from))
}

/// Sets the rate of a class in a place.
pub async fn put(
    conn: &mut PgConnection,
    id: TaxRateId,
    rate: &TaxRate,
    now: OffsetDateTime,
) -> Result<Kept, sqlx::Error> {
    let row: Row = sqlx::query_as(
        "INSERT INTO tax_rates (tax_rate_id, tax_class, country, region, rate_ppm, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tax_class, country, lower(region)) \
         DO UPDATE SET region = excluded.region, rate_ppm = excluded.rate_ppm, updated_at = excluded.updated_at, \
         version = tax_rates.version + 1 \
         RETURNING *",
    )
    .bind(id.uuid())
    .bind(&rate.class)
    .bind(rate.country.as_deref().unwrap_or_default())
    .bind(rate.region.as_deref().unwrap_or_default().trim())
    .bind(i32::try_from(rate.rate_ppm).unwrap_or(i32::MAX))
    .bind(now)
    .fetch_one(conn)
    .await?;
    Ok(row.into())
}

/// Lets nobody else change rates until the transaction ends: of two who set and forget rates of one class, the later sees
/// what the earlier left.
pub async fn lock(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("LOCK TABLE tax_rates IN SHARE ROW EXCLUSIVE MODE").execute(conn).await?;
    Ok(())
}

/// The number of the next news of a class; whoever draws it holds the [`lock`].
pub async fn next_version(conn: &mut PgConnection) -> Result<u64, sqlx::Error> {
    let version: i64 = sqlx::query_scalar("SELECT nextval('tax_class_versions')").fetch_one(conn).await?;
    u64::try_from(version).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// Forgets a rate, and tells which.
pub async fn delete(conn: &mut PgConnection, id: TaxRateId) -> Result<Option<Kept>, sqlx::Error> {
    let query = "DELETE FROM tax_rates WHERE tax_rate_id = $1 RETURNING *";
    let row: Option<Row> = sqlx::query_as(query).bind(id.uuid()).fetch_optional(conn).await?;
    Ok(row.map(Kept::from))
}

/// Whether a class has a rate.
pub async fn has_class(conn: &mut PgConnection, class: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM tax_rates WHERE tax_class = $1)")
        .bind(class)
        .fetch_one(conn)
        .await
}
