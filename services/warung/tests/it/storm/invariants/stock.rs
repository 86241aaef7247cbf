//! Stock: what left the shelf is what completed orders hold and did not send back, and every movement is written down.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use sqlx::PgPool;
use uuid::Uuid;
use warung_contracts::id::ProductId;

use super::{Seen, none};
use crate::fleet::Fleet;

/// Shelves whose movements don't sum to what is there.
const UNWRITTEN: &str = "SELECT format('variant %s at %s: %s on hand, %s reserved; its movements come to %s, %s', \
    variant_id, location_id, l.on_hand, l.reserved, m.on_hand, m.reserved) \
    FROM stock_levels l FULL JOIN (SELECT variant_id, location_id, sum(on_hand_delta) AS on_hand, \
      sum(reserved_delta) AS reserved FROM stock_movements GROUP BY variant_id, location_id) m \
      USING (variant_id, location_id) \
    WHERE (coalesce(l.on_hand, 0)::numeric, coalesce(l.reserved, 0)::numeric) IS DISTINCT FROM \
      (coalesce(m.on_hand, 0), coalesce(m.reserved, 0))";

/// Stock that is held for nobody, or sold beyond what there is.
const HELD: &str = "SELECT format('variant %s at %s: %s on hand, %s reserved', variant_id, location_id, on_hand, reserved) \
    FROM stock_levels WHERE on_hand < 0 OR reserved <> 0 \
    UNION ALL SELECT format('order %s still holds stock', order_id) FROM reservations WHERE state = 'held'";

/// Items of an order by variant that were sold, and that came back onto the shelf.
const ORDERED: &str = "SELECT order_id, coalesce(l.variant_id, l.product_id), sum(l.quantity)::bigint, \
    coalesce(sum(b.items), 0)::bigint FROM order_lines l JOIN orders o USING (order_id) LEFT JOIN ( \
      SELECT r.order_id, i.position, sum(i.received) AS items FROM return_lines i JOIN returns r USING (return_id) \
      WHERE i.restock GROUP BY r.order_id, i.position) b USING (order_id, position) \
    WHERE o.state = 'completed' GROUP BY 1, 2";
/// The same as product keeps it.
const ALLOCATED: &str = "SELECT order_id, variant_id, sum(quantity)::bigint, sum(restocked)::bigint FROM allocations \
    JOIN reservations USING (order_id) WHERE state = 'committed' GROUP BY 1, 2";

type Items = BTreeMap<(Uuid, Uuid), (i64, i64)>;

/// Shelves, movements and orders agree.
pub async fn hold(fleet: &Fleet, stocked: &BTreeMap<String, i64>) -> Result<Vec<Seen>> {
    let levels = [HELD, "SELECT (SELECT count(*) FROM stock_levels) + (SELECT count(*) FROM reservations)"];
    let free = none(fleet, "product", "stock is held or oversold", levels).await?;
    let movements = [UNWRITTEN, "SELECT count(*) FROM stock_movements"];
    let written = none(fleet, "product", "movements don't sum to the stock", movements).await?;
    let ordered = items(&fleet.database("order").await?, ORDERED).await?;
    let product = fleet.database("product").await?;
    let allocated = items(&product, ALLOCATED).await?;
    for key in ordered.keys().chain(allocated.keys()) {
        let (wants, has) = (ordered.get(key), allocated.get(key));
        let (order, variant) = key;
        ensure!(
            wants == has,
            "order {order}, variant {variant}: sold and back {wants:?} in order, {has:?} in product"
        );
    }
    shelves(&product, stocked, &allocated).await?;
    Ok(vec![
        free,
        written,
        Seen::of("what was sold of a variant is what its order holds", allocated.len())?,
        Seen::of("what was put on a shelf is there or sold", stocked.len())?,
    ])
}

async fn items(pool: &PgPool, query: &'static str) -> Result<Items> {
    let rows: Vec<(Uuid, Uuid, i64, i64)> = sqlx::query_as(query).fetch_all(pool).await?;
    Ok(rows.into_iter().map(|(order, variant, sold, back)| ((order, variant), (sold, back))).collect())
}

/// What was put on the shelf is there, or sold.
async fn shelves(product: &PgPool, stocked: &BTreeMap<String, i64>, allocated: &Items) -> Result<()> {
    let mut sold: BTreeMap<Uuid, i64> = BTreeMap::new();
    for ((_, variant), (items, back)) in allocated {
        *sold.entry(*variant).or_default() += items - back;
    }
    let levels = "SELECT variant_id, sum(on_hand)::bigint FROM stock_levels GROUP BY variant_id";
    let levels: BTreeMap<Uuid, i64> = sqlx::query_as(levels).fetch_all(product).await?.into_iter().collect();
    for (id, put) in stocked {
        // The one variant of a product has its id.
        let variant = id.parse::<ProductId>()?.uuid();
        let (left, sold) = (levels.get(&variant).copied(), sold.get(&variant).copied().unwrap_or(0));
        ensure!(left == Some(put - sold), "{id}: {put} put on the shelf, {sold} sold, {left:?} left");
    }
    Ok(())
}
