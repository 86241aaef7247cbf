//! Orders that were cancelled, so that late news of them opens no payment.

use sqlx::PgConnection;
use time::OffsetDateTime;
use warung_contracts::id::OrderId;

/// Holds everything about an order until the transaction ends, also what is not there yet: its reservation and its
/// cancellation may be handled at once by two replicas.
pub async fn lock_order(conn: &mut PgConnection, id: OrderId) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(id.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// Remembers that an order was cancelled.
pub async fn insert(conn: &mut PgConnection, id: OrderId, at: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO cancelled_orders (order_id, cancelled_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(id.uuid())
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether an order was cancelled.
pub async fn contains(conn: &mut PgConnection, id: OrderId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM cancelled_orders WHERE order_id = $1)")
        .bind(id.uuid())
        .fetch_one(conn)
        .await
}
