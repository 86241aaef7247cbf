//! Who uses which coupon. Limits are kept by the lock of the coupon's row, which each use takes.

use std::collections::HashMap;

use sqlx::{FromRow, PgConnection, PgPool};
use time::OffsetDateTime;
use warung_contracts::id::{CouponId, OrderId, UserId};

use super::coupons::CouponRow;
use crate::domain::coupon::{Code, Coupon};

/// By whom uses are counted: an account, and an address, which is all that is known of a guest. Anybody can type an address:
/// against an account, what others use under it counts once it is paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    pub user_id: UserId,
    /// Whether nothing but the address is known.
    pub is_guest: bool,
    /// SHA-256 of the lower-cased address.
    pub email_hash: Option<Vec<u8>>,
}

/// Which uses `r` are of the customer `$2`, of the address `$3`, who is a guest or not, `$4`.
macro_rules! own {
    () => {
        "r.given_back_at IS NULL AND (r.user_id = $2 OR (r.email_hash = $3 AND ($4 OR EXISTS (SELECT FROM orders o \
         WHERE o.order_id = r.order_id AND o.paid_minor IS NOT NULL))))"
    };
}

#[derive(Debug, FromRow)]
struct Counted {
    #[sqlx(flatten)]
    coupon: CouponRow,
    by_customer: i64,
}

/// The coupons of these codes that there are, each with the number of orders of this customer that use it.
pub async fn find(
    pool: &PgPool,
    codes: &[Code],
    customer: &Customer,
) -> Result<HashMap<Code, (Coupon, u32)>, sqlx::Error> {
    let rows: Vec<Counted> = sqlx::query_as(concat!(
        "SELECT c.*, (SELECT count(*) FROM coupon_redemptions r WHERE r.coupon_id = c.coupon_id AND ",
        own!(),
        ") AS by_customer FROM coupons c WHERE c.code = ANY($1)",
    ))
    .bind(codes.iter().map(ToString::to_string).collect::<Vec<_>>())
    .bind(customer.user_id.uuid())
    .bind(&customer.email_hash)
    .bind(customer.is_guest)
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|Counted { coupon, by_customer }| {
            let coupon = coupon.into_coupon()?;
            Ok((coupon.code.clone(), (coupon, u32::try_from(by_customer).unwrap_or(u32::MAX))))
        })
        .collect()
}

/// Counts one more use of a coupon and holds its row; false when it is used up or not taken any more.
pub async fn count(conn: &mut PgConnection, coupon: CouponId) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE coupons SET used = used + 1 WHERE coupon_id = $1 AND active \
         AND (limit_total IS NULL OR used < limit_total)",
    )
    .bind(coupon.uuid())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes who used it, under the lock that [`count`] took; false when this customer did so as often as they may. A
/// statement of its own: one that had waited for the lock would not see the use it had waited for.
pub async fn insert(
    conn: &mut PgConnection,
    coupon: CouponId,
    order: OrderId,
    customer: &Customer,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(concat!(
        "INSERT INTO coupon_redemptions (coupon_id, order_id, user_id, email_hash, redeemed_at) \
         SELECT c.coupon_id, $5, $2, $3, $6 FROM coupons c WHERE c.coupon_id = $1 \
         AND (c.limit_per_user IS NULL OR c.limit_per_user > (SELECT count(*) FROM coupon_redemptions r \
         WHERE r.coupon_id = $1 AND ",
        own!(),
        "))",
    ))
    .bind(coupon.uuid())
    .bind(customer.user_id.uuid())
    .bind(&customer.email_hash)
    .bind(customer.is_guest)
    .bind(order.uuid())
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives a use back, once.
pub async fn give_back(
    conn: &mut PgConnection,
    coupon: CouponId,
    order: OrderId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH back AS (UPDATE coupon_redemptions SET given_back_at = $3 \
         WHERE coupon_id = $1 AND order_id = $2 AND given_back_at IS NULL RETURNING coupon_id) \
         UPDATE coupons c SET used = used - 1 FROM back WHERE c.coupon_id = back.coupon_id",
    )
    .bind(coupon.uuid())
    .bind(order.uuid())
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}
