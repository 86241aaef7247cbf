//! Places where stock is kept.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::{PgConnection, PgPool, Row as _, postgres::PgRow};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{event::Place, id::LocationId};

use crate::domain::trail::{Kept, Subject};

/// A place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    #[serde(skip)]
    pub id: LocationId,
    /// The seller's own name for it in files.
    pub code: String,
    pub name: String,
    /// Places with a lower number serve first.
    pub priority: i32,
    /// Whether orders are served from there.
    pub active: bool,
    /// Where stock goes when nobody names a place; one alone.
    pub by_default: bool,
    /// Grows by one with each edit.
    #[serde(skip)]
    pub version: i64,
}

impl Kept for Location {
    const SUBJECT: Subject = Subject::Location;

    fn uuid(&self) -> Uuid {
        self.id.uuid()
    }
}

fn location(row: &PgRow) -> Result<Location, sqlx::Error> {
    Ok(Location {
        id: LocationId(row.try_get("location_id")?),
        code: row.try_get("code")?,
        name: row.try_get("name")?,
        priority: row.try_get("priority")?,
        active: row.try_get("active")?,
        by_default: row.try_get("by_default")?,
        version: row.try_get("version")?,
    })
}

/// Places after one of a priority, in the order in which they serve.
pub async fn list(
    pool: &PgPool,
    after: Option<(i32, LocationId)>,
    limit: i64,
) -> Result<Vec<Location>, sqlx::Error> {
    let (priority, id) = after.unzip();
    let rows = sqlx::query(
        "SELECT * FROM locations WHERE $1::integer IS NULL OR (priority, location_id) > ($1, $2) \
         ORDER BY priority, location_id LIMIT $3",
    )
    .bind(priority)
    .bind(id.map(LocationId::uuid))
    .bind(limit)
    .fetch_all(pool)
    .await?;
    rows.iter().map(location).collect()
}

/// A place.
pub async fn find(pool: &PgPool, id: LocationId) -> Result<Option<Location>, sqlx::Error> {
    let row = sqlx::query("SELECT * FROM locations WHERE location_id = $1")
        .bind(id.uuid())
        .fetch_optional(pool)
        .await?;
    row.as_ref().map(location).transpose()
}

/// What these places are called.
pub async fn named(
    conn: &mut PgConnection,
    ids: impl IntoIterator<Item = LocationId>,
) -> Result<BTreeMap<LocationId, Place>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.into_iter().map(LocationId::uuid).collect();
    let rows: Vec<(Uuid, String, String)> =
        sqlx::query_as("SELECT location_id, code, name FROM locations WHERE location_id = ANY($1)")
            .bind(ids)
            .fetch_all(conn)
            .await?;
    let place = |(id, code, name)| (LocationId(id), Place { id: LocationId(id), code, name });
    Ok(rows.into_iter().map(place).collect())
}

/// A place, locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, id: LocationId) -> Result<Option<Location>, sqlx::Error> {
    let row = sqlx::query("SELECT * FROM locations WHERE location_id = $1 FOR NO KEY UPDATE")
        .bind(id.uuid())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(location).transpose()
}

/// Adds a place; false when its code is taken.
pub async fn insert(
    conn: &mut PgConnection,
    location: &Location,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO locations (location_id, code, name, priority, active, by_default, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (code) DO NOTHING",
    )
    .bind(location.id.uuid())
    .bind(&location.code)
    .bind(&location.name)
    .bind(location.priority)
    .bind(location.active)
    .bind(location.by_default)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes what can be edited.
pub async fn update(conn: &mut PgConnection, location: &Location) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE locations SET name = $2, priority = $3, active = $4, version = $5 WHERE location_id = $1",
    )
    .bind(location.id.uuid())
    .bind(&location.name)
    .bind(location.priority)
    .bind(location.active)
    .bind(location.version)
    .execute(conn)
    .await?;
    Ok(())
}

/// Products of which something is kept there.
pub async fn products_at(conn: &mut PgConnection, id: LocationId) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT DISTINCT product_id FROM stock_levels WHERE location_id = $1 AND on_hand + backorder <> 0",
    )
    .bind(id.uuid())
    .fetch_all(conn)
    .await
}
