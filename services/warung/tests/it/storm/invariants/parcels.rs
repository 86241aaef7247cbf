//! Parcels: what was paid is delivered, what ended stays or came back, and returns are through.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use uuid::Uuid;

use super::{Seen, count, orders::Order};
use crate::fleet::Fleet;

/// Pieces of an order by variant and place, as its parcels hold them.
const PACKED: &str = "SELECT s.order_id, split_part(coalesce(l ->> 'variant_id', l ->> 'product_id'), '_', 2)::uuid, \
    split_part(p.place ->> 'id', '_', 2)::uuid, sum((i ->> 'quantity')::bigint)::bigint \
    FROM parcels p JOIN shipments s USING (shipment_id) CROSS JOIN jsonb_array_elements(p.items) i \
    CROSS JOIN LATERAL (SELECT s.lines -> (i ->> 'line')::int AS l) line GROUP BY 1, 2, 3";
/// The same as product sold them; what it took from elsewhere after their time was over is said of no parcel.
const SOLD: &str = "SELECT order_id, variant_id, location_id, quantity FROM allocations a \
    WHERE NOT EXISTS (SELECT FROM stock_movements m WHERE m.order_id = a.order_id AND m.kind = 'taken')";

/// The parcels of a completed order are all delivered; each of another never left, is back, or was at the door before the
/// carrier heard of the recall (docs/saga.md).
pub async fn hold(fleet: &Fleet, orders: &BTreeMap<Uuid, Order>, sent_back: usize) -> Result<Vec<Seen>> {
    let parcels = "SELECT order_id, p.state FROM parcels p JOIN shipments s USING (shipment_id)";
    let rows: Vec<(Uuid, String)> =
        sqlx::query_as(parcels).fetch_all(&fleet.database("shipment").await?).await?;
    let count = rows.len();
    let mut parcels: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
    for (order, state) in rows {
        parcels.entry(order).or_default().push(state);
    }
    for Order { id, state, .. } in orders.values() {
        let parcels = parcels.get(id).map(Vec::as_slice).unwrap_or_default();
        let right = match state.as_str() {
            "completed" => !parcels.is_empty() && parcels.iter().all(|state| state == "delivered"),
            "cancelled" => {
                parcels.iter().all(|state| matches!(state.as_str(), "cancelled" | "returned" | "delivered"))
            }
            _ => parcels.is_empty(),
        };
        ensure!(right, "order {id} is {state}, its parcels are {parcels:?}");
    }
    let placed = places(fleet, orders).await?;
    returns(fleet, sent_back).await?;
    Ok(vec![
        Seen::of("a parcel is where its order says", count)?,
        Seen::of("a place packs what it sold, and nothing else", placed)?,
        Seen::of("a return is paid back and restocked once", sent_back)?,
    ])
}

type Pieces = BTreeMap<(Uuid, Uuid), i64>;

/// Each completed order was packed where product sold it; how many were. Those whose money was heard of before their stock name
/// no place.
async fn places(fleet: &Fleet, orders: &BTreeMap<Uuid, Order>) -> Result<usize> {
    type Row = (Uuid, Uuid, Option<Uuid>, i64);
    let rows: Vec<Row> = sqlx::query_as(PACKED).fetch_all(&fleet.database("shipment").await?).await?;
    let mut packed: BTreeMap<Uuid, Option<Pieces>> = BTreeMap::new();
    for (order, variant, place, quantity) in rows {
        let pieces = packed.entry(order).or_insert_with(|| Some(Pieces::new()));
        match (place, pieces.as_mut()) {
            (Some(place), Some(pieces)) => drop(pieces.insert((variant, place), quantity)),
            _ => *pieces = None,
        }
    }
    let rows: Vec<(Uuid, Uuid, Uuid, i64)> =
        sqlx::query_as(SOLD).fetch_all(&fleet.database("product").await?).await?;
    let mut sold: BTreeMap<Uuid, Pieces> = BTreeMap::new();
    for (order, variant, place, quantity) in rows {
        sold.entry(order).or_default().insert((variant, place), quantity);
    }
    let mut seen = 0;
    for Order { id, .. } in orders.values().filter(|order| order.state == "completed") {
        let (Some(Some(packed)), Some(sold)) = (packed.get(id), sold.get(id)) else { continue };
        ensure!(packed == sold, "order {id}: {packed:?} is packed and {sold:?} sold, by variant and place");
        seen += 1;
    }
    Ok(seen)
}

/// Every return that customers and staff went through was paid back, and there is no other.
async fn returns(fleet: &Fleet, sent_back: usize) -> Result<()> {
    let (order, product) = (fleet.database("order").await?, fleet.database("product").await?);
    let refunded = count(&order, "SELECT count(*) FROM returns WHERE state = 'refunded'").await?;
    let restocked = count(&product, "SELECT count(*) FROM restocks").await?;
    let sent_back = i64::try_from(sent_back)?;
    ensure!(
        (refunded, restocked) == (sent_back, sent_back),
        "{sent_back} orders were sent back, {refunded} returns refunded, {restocked} restocked"
    );
    Ok(())
}
