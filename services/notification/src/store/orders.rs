//! Table `order_numbers`.

use sqlx::PgConnection;
use warung_contracts::id::OrderId;

/// Remembers what an order is called.
pub async fn insert(conn: &mut PgConnection, order_id: OrderId, number: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO order_numbers (order_id, number) VALUES ($1, $2) ON CONFLICT (order_id) DO NOTHING",
    )
    .bind(order_id.uuid())
    .bind(number)
    .execute(conn)
    .await?;
    Ok(())
}

/// What an order is called.
pub async fn find(conn: &mut PgConnection, order_id: OrderId) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT number FROM order_numbers WHERE order_id = $1")
        .bind(order_id.uuid())
        .fetch_optional(conn)
        .await
}
