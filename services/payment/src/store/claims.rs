//! Table `claimed_orders`: guests' orders that are accounts' now.

use sqlx::PgConnection;
use uuid::Uuid;
use warung_contracts::id::{OrderId, UserId};

use super::payments;

/// Whose an order is, which news names `told`; its claim waits until the transaction ends.
pub async fn owner(conn: &mut PgConnection, order: OrderId, told: UserId) -> Result<UserId, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT owner_of($1, $2)").bind(order.uuid()).bind(told.uuid());
    query.fetch_one(conn).await.map(UserId)
}

/// Whose an order is, as [`owner`] says, and whether that account is gone, as [`is_erased`] does.
pub async fn owner_and_erasure(
    conn: &mut PgConnection,
    order: OrderId,
    told: UserId,
) -> Result<(UserId, bool), sqlx::Error> {
    let query = "SELECT owner, is_erased(owner) FROM owner_of($1, $2) AS owner";
    let query = sqlx::query_as(query).bind(order.uuid()).bind(told.uuid());
    let (owner, erased): (Uuid, bool) = query.fetch_one(conn).await?;
    Ok((UserId(owner), erased))
}

/// Writes whose an order is now, and with it every try of its payment; the order's token opens it no more. Waits for those who asked [`owner`].
pub async fn hand_over(conn: &mut PgConnection, order: OrderId, account: UserId) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('claim of ' || $1::text, 0))")
        .bind(order.uuid())
        .execute(&mut *conn)
        .await?;
    // Also a try that is being added now.
    payments::lock_of_order(conn, order).await?;
    for statement in [
        "INSERT INTO claimed_orders (order_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        "UPDATE payments SET user_id = $2, order_token_hash = NULL WHERE order_id = $1",
    ] {
        sqlx::query(statement).bind(order.uuid()).bind(account.uuid()).execute(&mut *conn).await?;
    }
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
