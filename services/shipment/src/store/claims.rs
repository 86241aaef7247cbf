//! Table `claimed_orders`: guests' orders that are accounts' now.

use sqlx::PgConnection;
use warung_contracts::id::{OrderId, UserId};

/// Whose an order is, which news names `told`; its claim waits until the transaction ends.
pub async fn owner(conn: &mut PgConnection, order: OrderId, told: UserId) -> Result<UserId, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT owner_of($1, $2)").bind(order.uuid()).bind(told.uuid());
    query.fetch_one(conn).await.map(UserId)
}

/// Writes whose an order is now, and with it what it ships; the order's token opens it no more. Waits for those who asked [`owner`].
pub async fn hand_over(conn: &mut PgConnection, order: OrderId, account: UserId) -> Result<(), sqlx::Error> {
    hold(conn, order).await?;
    for statement in [
        "INSERT INTO claimed_orders (order_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        "UPDATE shipments SET user_id = $2, order_token_hash = NULL WHERE order_id = $1",
    ] {
        sqlx::query(statement).bind(order.uuid()).bind(account.uuid()).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Holds what asks [`owner`] of an order until the transaction ends, and waits for what did: whoever packs it.
pub async fn hold(conn: &mut PgConnection, order: OrderId) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('claim of ' || $1::text, 0))")
        .bind(order.uuid())
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether an account is gone; the erasure of one that is not waits until the transaction ends.
pub async fn is_erased(conn: &mut PgConnection, user: UserId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT is_erased($1)").bind(user.uuid()).fetch_one(conn).await
}

/// Holds what asks [`is_erased`] of an account until the transaction ends, and waits for what did.
pub async fn hold_erasure(conn: &mut PgConnection, user: UserId) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('erasure of ' || $1::text, 0))")
        .bind(user.uuid())
        .execute(conn)
        .await?;
    Ok(())
}
