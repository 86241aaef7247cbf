//! A new order in one round trip: it, its lines and the first row of its history.

mod binds;

use sqlx::PgConnection;
use uuid::Uuid;
use warung_contracts::id::OrderId;

use crate::domain::{Actor, CartState, Order, words};

/// Each part takes what it writes from `placed`: nothing where nothing was placed. Parameters come in the order of the
/// columns, as [`binds`] gives them.
const PLACE: &str = concat!(
    "WITH turn AS (INSERT INTO cart_turns AS t (cart, order_id) SELECT $46, $1 \
     WHERE NOT is_erased($3) AND NOT is_ordered_otherwise($6, $28, $7 IS NOT NULL) \
     ON CONFLICT (cart) DO UPDATE SET order_id = excluded.order_id WHERE t.order_id = $47 RETURNING 1), ",
    "placed AS (INSERT INTO orders (order_id, number, user_id, state, deadline_at, cart_revision, cart_hash, \
     access_hash, currency, subtotal_minor, discount_minor, shipping_minor, shipping_tax_minor, tax_minor, \
     prices_include_tax, total_minor, coupons, shipping, payment_provider, payment_token, payment_method, \
     payment_return_url, shipping_address, contact, email, note, created_at, updated_at) \
     SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, \
     $24, $25, $26, $27, $27 FROM turn \
     RETURNING order_id, user_id, state, total_minor, access_hash IS NOT NULL AS of_guest, created_at), ",
    "lines AS (INSERT INTO order_lines (order_id, position, product_id, variant_id, sku, name, variant_name, quantity, \
     unit_price_minor, tax_class, weight_grams, discount_minor, tax_minor, tax_rate_ppm, total_minor, look) \
     SELECT order_id, place - 1, product, variant, sku, name, variant_name, quantity, price, class, weight, discount, \
     tax, rate, n.total, look FROM placed, unnest($29::uuid[], $30::uuid[], $31::text[], $32::text[], $33::text[], \
     $34::int[], $35::bigint[], $36::text[], $37::bigint[], $38::bigint[], $39::bigint[], $40::int[], $41::bigint[], \
     $42::jsonb[]) WITH ORDINALITY AS n (product, variant, sku, name, variant_name, quantity, price, class, weight, \
     discount, tax, rate, total, look, place)), ",
    "merged AS (INSERT INTO merged_carts (revision, order_id) SELECT m, order_id FROM placed, unnest($28) AS m), ",
    "search AS (INSERT INTO order_search (order_id, words, total_minor) SELECT order_id, $43, total_minor FROM placed) ",
    "INSERT INTO order_history (order_id, position, to_state, actor, author, reason, event_id, at) \
     SELECT order_id, 0, state, $44, CASE WHEN NOT of_guest THEN user_id END, 'checked out', $45, created_at FROM placed",
);

/// Writes a new order of this state of a cart, of which this event tells; false when another came after the cart's last, a
/// part of it has been ordered, or the account is gone. Of two at once the later waits for the earlier.
pub async fn insert(
    conn: &mut PgConnection,
    order: &Order,
    cart: &CartState,
    event_id: Option<Uuid>,
) -> Result<bool, sqlx::Error> {
    let query = binds::order(sqlx::query(PLACE), order, cart).bind(&cart.merged);
    let query = binds::lines(query, &order.lines)?;
    let query = query.bind(words::of(order)).bind(Actor::Customer.as_str()).bind(event_id);
    let done = query.bind(&cart.cart).bind(cart.last.map(OrderId::uuid)).execute(conn).await?;
    // The row of the history.
    Ok(done.rows_affected() == 1)
}

/// The order that this state of a cart, or a part of it, was placed with: one after the cart's last, or of a merged cart.
pub async fn of_cart(conn: &mut PgConnection, cart: &CartState) -> Result<Option<OrderId>, sqlx::Error> {
    let query = "SELECT order_id FROM cart_turns WHERE cart = $1 AND order_id IS DISTINCT FROM $2 \
                 UNION ALL SELECT order_id FROM orders WHERE cart_hash IS NOT NULL AND cart_revision = ANY ($3) \
                 UNION ALL SELECT order_id FROM merged_carts WHERE revision = $4 LIMIT 1";
    let query = sqlx::query_scalar(query).bind(&cart.cart).bind(cart.last.map(OrderId::uuid));
    let found: Option<Uuid> = query.bind(&cart.merged).bind(&cart.revision).fetch_optional(conn).await?;
    Ok(found.map(OrderId))
}
