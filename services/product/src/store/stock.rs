//! Stock: rows locked in the order of their ids, numbers and movements written together.

use std::collections::BTreeMap;

use sqlx::{PgConnection, Row as _};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{OrderId, ProductId};

use super::unreadable;
use crate::domain::{
    movement::{Lines, Movement},
    stock::Stock,
};

/// Who or what caused movements.
#[derive(Debug, Clone, Copy)]
pub enum Cause<'a> {
    Order(OrderId),
    /// Somebody, and why.
    Person {
        actor: &'a str,
        reason: &'a str,
    },
}

/// The stocks of these products, held until the transaction ends. `for_sale` leaves out what customers can't see.
///
/// Everybody locks in the order of ids, so that two orders for the same products never wait for each other in a circle.
/// NO KEY: new lines and movements, which only refer to a product, need not wait.
pub async fn lock(
    conn: &mut PgConnection,
    lines: &Lines,
    for_sale: bool,
) -> Result<BTreeMap<ProductId, Stock>, sqlx::Error> {
    let ids: Vec<Uuid> = lines.keys().map(|id| id.uuid()).collect();
    let rows = sqlx::query(
        "SELECT product_id, status, on_hand, reserved FROM products WHERE product_id = ANY($1) \
         ORDER BY product_id FOR NO KEY UPDATE",
    )
    .bind(ids)
    .fetch_all(conn)
    .await?;
    let mut stocks = BTreeMap::new();
    for row in rows {
        let id = ProductId(row.try_get("product_id")?);
        if for_sale && row.try_get::<&str, _>("status")? != "active" {
            continue;
        }
        let stock = Stock::new(row.try_get("on_hand")?, row.try_get("reserved")?);
        stocks.insert(id, stock.ok_or_else(|| unreadable("products", id, "on_hand"))?);
    }
    Ok(stocks)
}

/// Writes the new numbers and a movement for each.
pub async fn apply(
    conn: &mut PgConnection,
    movements: &[Movement],
    cause: Cause<'_>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = movements.iter().map(|m| m.product_id.uuid()).collect();
    let on_hand: Vec<i64> = movements.iter().map(|m| m.on_hand_delta).collect();
    let reserved: Vec<i64> = movements.iter().map(|m| m.reserved_delta).collect();
    let kinds: Vec<&str> = movements.iter().map(|m| m.kind.as_str()).collect();
    let (order, actor, reason) = match cause {
        Cause::Order(id) => (Some(id.uuid()), None, None),
        Cause::Person { actor, reason } => (None, Some(actor), Some(reason)),
    };
    // Deltas, not totals: the CHECKs of the table see the row as it is, whatever was read before.
    let done = sqlx::query(
        "WITH moves AS (SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[]) \
             AS m (product_id, on_hand, reserved, kind)), \
         written AS (INSERT INTO stock_movements (product_id, kind, on_hand_delta, reserved_delta, order_id, actor, reason, created_at) \
             SELECT product_id, kind, on_hand, reserved, $5, $6, $7, $8 FROM moves) \
         UPDATE products p SET on_hand = p.on_hand + m.on_hand, reserved = p.reserved + m.reserved \
         FROM moves m WHERE p.product_id = m.product_id",
    )
    .bind(&ids)
    .bind(on_hand)
    .bind(reserved)
    .bind(kinds)
    .bind(order)
    .bind(actor)
    .bind(reason)
    .bind(now)
    .execute(conn)
    .await?;
    match usize::try_from(done.rows_affected()) == Ok(movements.len()) {
        true => Ok(()),
        false => Err(sqlx::Error::RowNotFound),
    }
}
