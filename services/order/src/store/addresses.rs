//! Where orders go, once that was corrected.

use sqlx::{PgConnection, types::Json};

use crate::domain::{Order, words};

/// Saves where an order goes, and by what it is found now; the caller holds it.
pub async fn save(conn: &mut PgConnection, order: &Order) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH found AS (UPDATE order_search SET words = $5 WHERE order_id = $1) \
         UPDATE orders SET shipping_address = $2, address_version = $3, updated_at = $4 WHERE order_id = $1",
    )
    .bind(order.id.uuid())
    .bind(Json(&order.shipping_address))
    .bind(order.address_version)
    .bind(order.updated_at)
    .bind(words::of(order))
    .execute(conn)
    .await?;
    Ok(())
}
