//! Orders: each is one that somebody was told of, and adds up.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use sqlx::FromRow;
use uuid::Uuid;
use warung_contracts::id::OrderId;

use super::{Seen, none};
use crate::fleet::Fleet;

/// An order as its owner keeps it; amounts in minor units.
#[derive(Debug, FromRow)]
pub struct Order {
    #[sqlx(rename = "order_id")]
    pub id: Uuid,
    #[sqlx(rename = "user_id")]
    pub user: Uuid,
    pub state: String,
    pub total: i64,
    /// Of the total, without tax.
    pub shipping: i64,
    pub tax: i64,
    /// What it heard to have been paid, and to have gone back.
    pub paid: i64,
    pub refunded: i64,
    /// What went back for returns.
    pub returned: i64,
}

const ORDERS: &str = "SELECT order_id, user_id, state, total_minor AS total, \
    shipping_minor - CASE WHEN prices_include_tax THEN shipping_tax_minor ELSE 0 END AS shipping, tax_minor AS tax, \
    coalesce(paid_minor, 0) AS paid, refunded_minor AS refunded, coalesce((SELECT sum(amount_minor) FROM refunds r \
    WHERE r.order_id = o.order_id AND r.state = 'done'), 0)::bigint AS returned FROM orders o";

/// Lines whose sums are not what their order says: prices, discounts, tax, and what is paid for them and for shipping.
const UNEVEN: &str = "SELECT format('order %s: its lines come to %s, less %s, tax %s, total %s; it says %s, %s, %s, %s', \
    o.order_id, subtotal, discount, tax, total, subtotal_minor, discount_minor, tax_minor, total_minor) \
    FROM orders o LEFT JOIN LATERAL (SELECT sum(unit_price_minor * quantity) AS subtotal, sum(discount_minor) AS discount, \
      sum(tax_minor) + o.shipping_tax_minor AS tax, sum(total_minor) + o.shipping_minor \
      + CASE WHEN o.prices_include_tax THEN 0 ELSE o.shipping_tax_minor END AS total \
      FROM order_lines l WHERE l.order_id = o.order_id) s ON true \
    WHERE (subtotal, discount, tax, total) IS DISTINCT FROM \
      (subtotal_minor::numeric, discount_minor::numeric, tax_minor::numeric, total_minor::numeric)";

/// Every order, by its id.
pub async fn all(fleet: &Fleet) -> Result<BTreeMap<Uuid, Order>> {
    let rows: Vec<Order> = sqlx::query_as(ORDERS).fetch_all(&fleet.database("order").await?).await?;
    Ok(rows.into_iter().map(|order| (order.id, order)).collect())
}

/// Orders that exist are those that somebody was told of, and add up.
pub async fn hold(
    fleet: &Fleet,
    orders: &BTreeMap<Uuid, Order>,
    told: &BTreeMap<String, Option<String>>,
) -> Result<Vec<Seen>> {
    let told = told.keys().map(|id| Ok(id.parse::<OrderId>()?.uuid())).collect::<Result<BTreeSet<_>>>()?;
    let known: BTreeSet<Uuid> = orders.keys().copied().collect();
    let (count, odd) = (told.len(), told.symmetric_difference(&known).next());
    ensure!(odd.is_none(), "{count} orders were told to customers, {} exist; for one, {odd:?}", known.len());
    let lines = [UNEVEN, "SELECT count(*) FROM order_lines"];
    let even = none(fleet, "order", "lines don't add up to their order", lines).await?;
    print(orders);
    Ok(vec![Seen::of("an order that is there was told to somebody", count)?, even])
}

fn print(orders: &BTreeMap<Uuid, Order>) {
    let mut states: BTreeMap<&str, u32> = BTreeMap::new();
    for order in orders.values() {
        *states.entry(&order.state).or_default() += 1;
    }
    println!("storm: orders by state: {states:?}");
}
