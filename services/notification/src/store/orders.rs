//! Table `order_numbers`.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;
use warung_contracts::id::OrderId;

/// Remembers what orders are called.
pub async fn insert(
    conn: &mut PgConnection,
    numbers: impl Iterator<Item = (OrderId, &str)>,
) -> Result<(), sqlx::Error> {
    let (ids, numbers): (Vec<Uuid>, Vec<&str>) = numbers.map(|(id, number)| (id.uuid(), number)).unzip();
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO order_numbers (order_id, number) SELECT * FROM unnest($1::uuid[], $2::text[]) \
         ON CONFLICT (order_id) DO NOTHING",
    )
    .bind(ids)
    .bind(numbers)
    .execute(conn)
    .await?;
    Ok(())
}

/// What these orders are called; unknown ones are left out.
pub async fn all(
    conn: &mut PgConnection,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, String>, sqlx::Error> {
    let ids: Vec<Uuid> = orders.iter().map(|id| id.uuid()).collect();
    let rows: Vec<(Uuid, String)> =
        sqlx::query_as("SELECT order_id, number FROM order_numbers WHERE order_id = ANY($1)")
            .bind(ids)
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().map(|(id, number)| (OrderId(id), number)).collect())
}
