//! A guest's order → an account's.

use sqlx::PgConnection;
use time::OffsetDateTime;
use warung_contracts::id::UserId;

use crate::domain::Order;

/// Writes whose a claimed order is now, and with it its returns and the coupons it uses. The caller holds it.
pub async fn hand_over(
    conn: &mut PgConnection,
    order: &Order,
    guest: UserId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE orders SET user_id = $2, access_hash = NULL, updated_at = $3 WHERE order_id = $1")
        .bind(order.id.uuid())
        .bind(order.user_id.uuid())
        .bind(now)
        .execute(&mut *conn)
        .await?;
    for statement in [
        "UPDATE returns SET user_id = $2 WHERE order_id = $1 AND user_id = $3",
        "UPDATE coupon_redemptions SET user_id = $2 WHERE order_id = $1 AND user_id = $3",
    ] {
        sqlx::query(statement)
            .bind(order.id.uuid())
            .bind(order.user_id.uuid())
            .bind(guest.uuid())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}
