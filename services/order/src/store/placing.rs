//! A new order in one round trip: it, its lines and the first row of its history.

use sqlx::{PgConnection, types::Json};
use uuid::Uuid;
use warung_contracts::id::OrderId;

use crate::domain::{Actor, CartState, Order, words};

/// Writes a new order of this state of a cart, of which this event tells; false when that, or a part of it, has been
/// ordered, or the account is gone. Of two at once the later waits for the earlier.
pub async fn insert(
    conn: &mut PgConnection,
    order: &Order,
    cart: &CartState,
    event_id: Option<Uuid>,
) -> Result<bool, sqlx::Error> {
    let small = |number: u32| {
        i32::try_from(number).map_err(|_| sqlx::Error::Encode("a quantity is too large".into()))
    };
    let sold = || order.lines.iter().map(|line| &line.sold);
    let minor = |money: Option<warung_contracts::money::Money>| money.map_or(0, |money| money.amount_minor);
    let totals = &order.totals;
    let done = sqlx::query(
        "WITH placed AS (INSERT INTO orders (order_id, number, user_id, state, currency, subtotal_minor, \
         discount_minor, shipping_minor, shipping_tax_minor, tax_minor, prices_include_tax, total_minor, coupons, \
         shipping, payment_provider, payment_token, shipping_address, contact, email, note, access_hash, cart_hash, \
         deadline_at, created_at, updated_at, payment_method, payment_return_url, cart_revision) \
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, \
         $23, $24, $24, $39, $40, $41 WHERE NOT is_erased($3) \
         AND NOT is_ordered_otherwise($41, $43, $22 IS NOT NULL) ON CONFLICT (cart_revision) DO NOTHING RETURNING order_id), \
         lines AS (INSERT INTO order_lines (order_id, position, product_id, variant_id, sku, name, variant_name, \
         quantity, unit_price_minor, tax_class, weight_grams, discount_minor, tax_minor, tax_rate_ppm, total_minor, look) \
         SELECT $1, n.place - 1, n.product_id, n.variant_id, n.sku, n.name, n.variant_name, n.quantity, n.price, \
         n.tax_class, n.weight, n.discount, n.tax, n.rate, n.total, n.look \
         FROM placed, unnest($25::uuid[], $26::uuid[], $27::text[], $28::text[], $29::text[], $30::int[], $31::bigint[], \
         $32::text[], $33::bigint[], $34::bigint[], $35::bigint[], $36::int[], $37::bigint[], $45::jsonb[]) WITH ORDINALITY \
         AS n (product_id, variant_id, sku, name, variant_name, quantity, price, tax_class, weight, discount, tax, \
         rate, total, look, place)), \
         merged AS (INSERT INTO merged_carts (revision, order_id) SELECT m, order_id FROM placed, unnest($43) AS m), \
         search AS (INSERT INTO order_search (order_id, words, total_minor) SELECT order_id, $42, $12 FROM placed) \
         INSERT INTO order_history (order_id, position, to_state, actor, author, reason, event_id, at) \
         SELECT order_id, 0, $4, $38, CASE WHEN $21::bytea IS NULL THEN $3 END, 'checked out', $44, $24 FROM placed",
    )
    .bind(order.id.uuid())
    .bind(&order.number)
    .bind(order.user_id.uuid())
    .bind(order.state.as_str())
    .bind(totals.total.currency.code())
    .bind(totals.subtotal.amount_minor)
    .bind(totals.discount.amount_minor)
    .bind(totals.shipping.amount_minor)
    .bind(totals.shipping_tax.amount_minor)
    .bind(totals.tax.amount_minor)
    .bind(totals.prices_include_tax)
    .bind(totals.total.amount_minor)
    .bind(Json(&order.coupons))
    .bind(order.shipping.as_ref().map(Json))
    .bind(&order.payment.provider)
    .bind(&order.payment.token)
    .bind(Json(&order.shipping_address))
    .bind(order.contact.as_ref().map(Json))
    .bind(&order.email)
    .bind(&order.note)
    .bind(order.access_hash())
    .bind(order.guest.as_ref().map(|guest| &guest.cart_hash))
    .bind(order.deadline_at)
    .bind(order.created_at)
    .bind(sold().map(|line| line.product_id.uuid()).collect::<Vec<_>>())
    .bind(sold().map(|line| line.variant_id.map(warung_contracts::id::VariantId::uuid)).collect::<Vec<_>>())
    .bind(sold().map(|line| line.sku.clone()).collect::<Vec<_>>())
    .bind(sold().map(|line| line.name.clone()).collect::<Vec<_>>())
    .bind(sold().map(|line| line.variant_name.clone()).collect::<Vec<_>>())
    .bind(sold().map(|line| small(line.quantity)).collect::<Result<Vec<_>, _>>()?)
    .bind(sold().map(|line| line.unit_price.amount_minor).collect::<Vec<_>>())
    .bind(sold().map(|line| line.tax_class.clone()).collect::<Vec<_>>())
    .bind(sold().map(|line| line.weight_grams.map(i64::from)).collect::<Vec<_>>())
    .bind(sold().map(|line| minor(line.discount)).collect::<Vec<_>>())
    .bind(sold().map(|line| minor(line.tax)).collect::<Vec<_>>())
    .bind(sold().map(|line| small(line.tax_rate_ppm.unwrap_or(0))).collect::<Result<Vec<_>, _>>()?)
    .bind(order.lines.iter().map(|line| line.total().amount_minor).collect::<Vec<_>>())
    .bind(Actor::Customer.as_str())
    .bind(&order.payment.method)
    .bind(&order.payment.return_url)
    .bind(&cart.revision)
    .bind(words::of(order))
    .bind(&cart.merged)
    .bind(event_id)
    .bind(order.lines.iter().map(|line| Json(&line.look)).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    // The row of the history.
    Ok(done.rows_affected() == 1)
}

/// The order of this state of a cart or of a part of it, if it has been ordered.
pub async fn of_cart(conn: &mut PgConnection, cart: &CartState) -> Result<Option<OrderId>, sqlx::Error> {
    let query = "SELECT order_id FROM orders WHERE cart_revision = $1 OR cart_revision = ANY ($2) \
                 UNION ALL SELECT order_id FROM merged_carts WHERE revision = $1 LIMIT 1";
    let found =
        sqlx::query_scalar(query).bind(&cart.revision).bind(&cart.merged).fetch_optional(conn).await?;
    Ok(found.map(OrderId))
}
