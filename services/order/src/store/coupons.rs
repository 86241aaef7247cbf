//! Coupons as administrators keep them.

use sqlx::{FromRow, PgConnection, PgPool, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{id::CouponId, money::Money};

use crate::domain::{
    coupon::{Benefit, Coupon},
    scope::Scope,
};

#[derive(Debug, FromRow)]
pub(super) struct CouponRow {
    coupon_id: Uuid,
    code: String,
    benefit: Json<Benefit>,
    applies_to: Option<Json<Scope>>,
    minimum: Option<Json<Money>>,
    starts_at: Option<OffsetDateTime>,
    ends_at: Option<OffsetDateTime>,
    limit_total: Option<i32>,
    limit_per_user: Option<i32>,
    combines: bool,
    automatic: bool,
    active: bool,
    used: i32,
    version: i64,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl CouponRow {
    pub fn into_coupon(self) -> Result<Coupon, sqlx::Error> {
        let wrong = |why: &dyn std::fmt::Display| {
            sqlx::Error::Decode(format!("coupons, row {}: {why}", self.coupon_id).into())
        };
        // The table's checks keep them at 0 or more.
        let count = |count: i32| u32::try_from(count).unwrap_or(0);
        Ok(Coupon {
            id: CouponId(self.coupon_id),
            code: self.code.parse().map_err(|error| wrong(&error))?,
            benefit: self.benefit.0,
            applies_to: self.applies_to.map(|Json(scope)| scope),
            minimum: self.minimum.map(|Json(minimum)| minimum),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            limit_total: self.limit_total.map(count),
            limit_per_user: self.limit_per_user.map(count),
            combines: self.combines,
            automatic: self.automatic,
            active: self.active,
            used: count(self.used),
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

fn limit(limit: Option<u32>) -> Option<i32> {
    limit.map(|limit| i32::try_from(limit).unwrap_or(i32::MAX))
}

/// Writes a new coupon; false when its code is taken.
pub async fn insert(conn: &mut PgConnection, coupon: &Coupon) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO coupons (coupon_id, code, benefit, minimum, starts_at, ends_at, limit_total, limit_per_user, \
         combines, active, created_at, updated_at, automatic, applies_to) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13) \
         ON CONFLICT (code) DO NOTHING",
    )
    .bind(coupon.id.uuid())
    .bind(coupon.code.to_string())
    .bind(Json(coupon.benefit))
    .bind(coupon.minimum.map(Json))
    .bind(coupon.starts_at)
    .bind(coupon.ends_at)
    .bind(limit(coupon.limit_total))
    .bind(limit(coupon.limit_per_user))
    .bind(coupon.combines)
    .bind(coupon.active)
    .bind(coupon.created_at)
    .bind(coupon.automatic)
    .bind(coupon.applies_to.as_ref().map(Json))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Saves what may change of a coupon: everything but its code, benefit, goods, minimum, count, and whether it applies by
/// itself.
pub async fn update(conn: &mut PgConnection, coupon: &Coupon) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE coupons SET starts_at = $2, ends_at = $3, limit_total = $4, limit_per_user = $5, combines = $6, \
         active = $7, updated_at = $8, version = $9 WHERE coupon_id = $1",
    )
    .bind(coupon.id.uuid())
    .bind(coupon.starts_at)
    .bind(coupon.ends_at)
    .bind(limit(coupon.limit_total))
    .bind(limit(coupon.limit_per_user))
    .bind(coupon.combines)
    .bind(coupon.active)
    .bind(coupon.updated_at)
    .bind(coupon.version)
    .execute(conn)
    .await?;
    Ok(())
}

/// Promotions of one shop at most that are considered, the oldest.
const PROMOTIONS_MAX: i64 = 50;

/// The coupons that apply by themselves now, oldest first.
pub async fn promotions(pool: &PgPool) -> Result<Vec<Coupon>, sqlx::Error> {
    let query = "SELECT * FROM coupons WHERE automatic AND active ORDER BY coupon_id LIMIT $1";
    let rows: Vec<CouponRow> = sqlx::query_as(query).bind(PROMOTIONS_MAX).fetch_all(pool).await?;
    rows.into_iter().map(CouponRow::into_coupon).collect()
}

/// The coupon, if there is one.
pub async fn find(pool: &PgPool, id: CouponId) -> Result<Option<Coupon>, sqlx::Error> {
    let row: Option<CouponRow> = sqlx::query_as("SELECT * FROM coupons WHERE coupon_id = $1")
        .bind(id.uuid())
        .fetch_optional(pool)
        .await?;
    row.map(CouponRow::into_coupon).transpose()
}

/// The coupon, if there is one; nobody else changes it until the transaction ends.
pub async fn lock(conn: &mut PgConnection, id: CouponId) -> Result<Option<Coupon>, sqlx::Error> {
    let row: Option<CouponRow> = sqlx::query_as("SELECT * FROM coupons WHERE coupon_id = $1 FOR UPDATE")
        .bind(id.uuid())
        .fetch_optional(conn)
        .await?;
    row.map(CouponRow::into_coupon).transpose()
}

/// Takes a coupon away that no order ever used; false when one did.
pub async fn delete(conn: &mut PgConnection, id: CouponId) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("DELETE FROM coupons WHERE coupon_id = $1").bind(id.uuid()).execute(conn).await;
    match done {
        Ok(done) => Ok(done.rows_affected() == 1),
        Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Which coupons; what is none does not matter.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// A part of the code, in any case.
    pub code: Option<String>,
    /// Those that apply by themselves, or those that do not.
    pub automatic: Option<bool>,
}

/// Coupons, newest first, those before `after`.
pub async fn list(
    pool: &PgPool,
    wanted: &Wanted,
    after: Option<CouponId>,
    limit: u32,
) -> Result<Vec<Coupon>, sqlx::Error> {
    let rows: Vec<CouponRow> = sqlx::query_as(
        "SELECT * FROM coupons WHERE ($1::uuid IS NULL OR coupon_id < $1) \
         AND ($3::text IS NULL OR position(upper($3) IN code) > 0) AND ($4::boolean IS NULL OR automatic = $4) \
         ORDER BY coupon_id DESC LIMIT $2",
    )
    .bind(after.map(CouponId::uuid))
    .bind(i64::from(limit))
    .bind(&wanted.code)
    .bind(wanted.automatic)
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(CouponRow::into_coupon).collect()
}
