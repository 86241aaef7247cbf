//! What stock did for an order.

use sqlx::{FromRow, PgPool, types::Json};
use time::OffsetDateTime;
use warung_contracts::{history::StockItem, id::OrderId};

/// Goods of an order that moved together; none where there were too few.
#[derive(Debug, Clone, FromRow)]
pub struct Moved {
    pub kind: String,
    pub reason: Option<String>,
    pub items: Json<Vec<StockItem>>,
    pub at: OffsetDateTime,
}

/// What moved for an order, oldest first; the newest `limit` of it.
pub async fn list(pool: &PgPool, order: OrderId, limit: i64) -> Result<Vec<Moved>, sqlx::Error> {
    sqlx::query_as(
        "SELECT kind, reason, items, at FROM ( \
             SELECT m.kind, m.reason, m.created_at AS at, min(m.movement_id) AS number, \
                 jsonb_agg(jsonb_build_object('sku', v.sku, 'location', l.code, \
                     'quantity', greatest(abs(m.on_hand_delta), abs(m.reserved_delta))) ORDER BY m.movement_id) AS items \
             FROM stock_movements m JOIN variants v USING (variant_id) JOIN locations l USING (location_id) \
             WHERE m.order_id = $1 GROUP BY m.created_at, m.kind, m.reason \
             UNION ALL SELECT state, NULL, updated_at, 0, '[]' FROM reservations \
             WHERE order_id = $1 AND state = 'rejected' \
             ORDER BY at DESC, number DESC LIMIT $2) newest ORDER BY at, number",
    )
    .bind(order.uuid())
    .bind(limit)
    .fetch_all(pool)
    .await
}
