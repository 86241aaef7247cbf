//! What is known of a person → nothing. Amounts, goods, states and times stay.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{OrderId, UserId};

/// What stands where a person's words or address were.
pub const ERASED: &str = "erased";

/// Remembers that an account is gone: nothing of it is written any more. Waits for the orders it is placing, and holds
/// those that there are, so that none of them ends in between.
pub async fn remember(conn: &mut PgConnection, user: UserId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('erasure of ' || $1::text, 0))";
    sqlx::query(lock).bind(user.uuid()).execute(&mut *conn).await?;
    sqlx::query("INSERT INTO erased_users (user_id, erased_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(user.uuid())
        .bind(now)
        .execute(&mut *conn)
        .await?;
    sqlx::query("SELECT FROM orders WHERE user_id = $1 ORDER BY order_id FOR UPDATE")
        .bind(user.uuid())
        .execute(conn)
        .await?;
    Ok(())
}

/// The orders of guests under this lower-cased address that are still to be forgotten, each with the id that stands for its
/// guest. An order that an account has claimed is the account's, and goes with it.
pub async fn guests(pool: &PgPool, email: &str) -> Result<Vec<(OrderId, UserId)>, sqlx::Error> {
    let pattern = email.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "SELECT o.order_id, o.user_id FROM orders o JOIN order_search s USING (order_id) \
         WHERE s.words LIKE $1 AND o.email = $2 AND o.access_hash IS NOT NULL AND NOT o.forget ORDER BY o.order_id",
    )
    .bind(format!("%{pattern}%"))
    .bind(email)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|(order, guest)| (OrderId(order), UserId(guest))).collect())
}

/// Whether the account is gone; the erasure of one that is not waits until the transaction ends.
pub async fn hold_off(conn: &mut PgConnection, user: UserId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT is_erased($1)").bind(user.uuid()).fetch_one(conn).await
}

/// Whether the account is gone, of somebody of whom the caller holds an order.
pub async fn is_gone(conn: &mut PgConnection, user: UserId) -> Result<bool, sqlx::Error> {
    let query = "SELECT EXISTS (SELECT FROM erased_users WHERE user_id = $1)";
    sqlx::query_scalar(query).bind(user.uuid()).fetch_one(conn).await
}

/// Erases who ordered: contact, address but for the country (tax was of it), notes, means of payment, words of
/// returns and of decisions. An order that has not ended still needs its address: it is marked, and erased at its end.
pub async fn person(conn: &mut PgConnection, user: UserId) -> Result<(), sqlx::Error> {
    const ENDED: [&str; 8] = [
        "UPDATE order_timeline t SET text = $2 FROM orders o WHERE o.user_id = $1 AND t.order_id = o.order_id \
         AND o.state IN ('completed', 'rejected', 'cancelled') AND t.kind IN ('note', 'return') AND t.text <> $2",
        // What payment told of its decisions: what was decided stays, and why goes.
        "UPDATE order_timeline t SET text = split_part(t.text, ': ', 1) || ': ' || $2 FROM orders o WHERE o.user_id = $1 \
         AND t.order_id = o.order_id AND o.state IN ('completed', 'rejected', 'cancelled') AND t.kind = 'heard' \
         AND t.author IS NOT NULL",
        "UPDATE order_history h SET reason = $2 FROM orders o WHERE o.user_id = $1 AND h.order_id = o.order_id \
         AND o.state IN ('completed', 'rejected', 'cancelled') AND h.actor IN ('customer', 'admin') AND h.from_state IS NOT NULL",
        "UPDATE returns SET reason = $2, answer = CASE WHEN answer IS NULL THEN NULL ELSE $2 END WHERE user_id = $1",
        "UPDATE coupon_redemptions SET email_hash = NULL WHERE user_id = $1 AND $2 <> ''",
        "UPDATE order_search s SET words = lower(concat_ws(E'\n', o.number, (SELECT string_agg(l.sku, E'\n') \
         FROM order_lines l WHERE l.order_id = o.order_id))) FROM orders o WHERE o.user_id = $1 \
         AND s.order_id = o.order_id AND o.state IN ('completed', 'rejected', 'cancelled') AND $2 <> ''",
        "UPDATE orders SET contact = NULL, email = NULL, note = NULL, payment_token = NULL, payment_return_url = NULL, \
         next_action = NULL, shipping_address = jsonb_build_object('recipient', $2::text, 'phone', NULL, \
         'line1', $2::text, 'line2', NULL, 'city', $2::text, 'province', NULL, 'postal_code', $2::text, \
         'country', shipping_address ->> 'country') \
         WHERE user_id = $1 AND state IN ('completed', 'rejected', 'cancelled')",
        "UPDATE orders SET forget = $2 <> '' WHERE user_id = $1 \
         AND state NOT IN ('completed', 'rejected', 'cancelled')",
    ];
    for statement in ENDED {
        sqlx::query(statement).bind(user.uuid()).bind(ERASED).execute(&mut *conn).await?;
    }
    Ok(())
}
