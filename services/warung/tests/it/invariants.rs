//! What must be true of the databases of all services together.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use sqlx::{PgPool, Row as _};
use uuid::Uuid;
use warung_contracts::{
    id::{OrderId, ProductId},
    manifest,
    stream::DEADLETTER_STREAM,
};

use crate::fleet::Fleet;

/// What still moves; empty when the shop is at rest.
pub async fn restless(fleet: &Fleet) -> Result<Vec<String>> {
    let mut what = Vec::new();
    for manifest in manifest::all().iter().filter(|manifest| manifest.database.is_some()) {
        let waiting: i64 =
            count(&fleet.database(&manifest.name).await?, "SELECT count(*) FROM outbox").await?;
        if waiting > 0 {
            what.push(format!("{waiting} events wait in the outbox of {}", manifest.name));
        }
    }
    let open = "SELECT count(*) FROM orders WHERE state NOT IN ('completed', 'cancelled', 'rejected')";
    let open = count(&fleet.database("order").await?, open).await?;
    if open > 0 {
        what.push(format!("{open} orders are open"));
    }
    let unread = fleet.unread().await?;
    if unread > 0 {
        what.push(format!("{unread} events are unread"));
    }
    Ok(what)
}

async fn count(pool: &PgPool, query: &'static str) -> Result<i64> {
    Ok(sqlx::query_scalar(query).fetch_one(pool).await?)
}

/// Every invariant; `products` is what was on the shelves, `accepted` what the customers were told.
pub async fn hold(
    fleet: &Fleet,
    products: &BTreeMap<String, u32>,
    accepted: &BTreeMap<String, Option<String>>,
) -> Result<()> {
    ensure!(fleet.stream_messages(DEADLETTER_STREAM).await? == 0, "no event was given up");
    let orders = orders(fleet, accepted).await?;
    stock(fleet, products).await?;
    money(fleet, &orders).await?;
    parcels(fleet, &orders).await?;
    messages(fleet, &orders).await
}

/// Id, state and total of every order; each is one that a customer was told of, and once.
async fn orders(
    fleet: &Fleet,
    accepted: &BTreeMap<String, Option<String>>,
) -> Result<BTreeMap<Uuid, (String, i64)>> {
    let rows = sqlx::query("SELECT order_id, state, total_minor FROM orders")
        .fetch_all(&fleet.database("order").await?)
        .await?;
    let orders: BTreeMap<Uuid, (String, i64)> =
        rows.iter().map(|row| (row.get("order_id"), (row.get("state"), row.get("total_minor")))).collect();
    let told: BTreeSet<Uuid> =
        accepted.values().flatten().filter_map(|id| id.parse::<OrderId>().ok()).map(OrderId::uuid).collect();
    let known: BTreeSet<Uuid> = orders.keys().copied().collect();
    ensure!(told == known, "{} orders were told to customers, {} exist", told.len(), known.len());
    let mut states: BTreeMap<&str, u32> = BTreeMap::new();
    for (state, _) in orders.values() {
        *states.entry(state).or_default() += 1;
    }
    println!("storm: orders by state: {states:?}");
    Ok(orders)
}

/// What left the shelf is what completed orders hold; nothing stays reserved; nothing is below zero.
async fn stock(fleet: &Fleet, products: &BTreeMap<String, u32>) -> Result<()> {
    let sold = sqlx::query(
        "SELECT l.product_id, sum(l.quantity)::bigint AS sold FROM order_lines l JOIN orders o USING (order_id) \
         WHERE o.state = 'completed' GROUP BY l.product_id",
    )
    .fetch_all(&fleet.database("order").await?)
    .await?;
    let sold: BTreeMap<Uuid, i64> = sold.iter().map(|row| (row.get("product_id"), row.get("sold"))).collect();
    let shelf = "SELECT product_id, sum(on_hand)::bigint AS on_hand, sum(reserved)::bigint AS reserved FROM stock_levels GROUP BY product_id";
    let shelf = sqlx::query(shelf).fetch_all(&fleet.database("product").await?).await?;
    for row in shelf {
        let id: Uuid = row.get("product_id");
        let (on_hand, reserved): (i64, i64) = (row.get("on_hand"), row.get("reserved"));
        let put = i64::from(products.get(&ProductId(id).to_string()).copied().unwrap_or(0));
        let sold = sold.get(&id).copied().unwrap_or(0);
        ensure!(on_hand >= 0 && reserved == 0, "{id}: {on_hand} on hand, {reserved} reserved");
        ensure!(put - on_hand == sold, "{id}: {put} put on the shelf, {on_hand} left, but {sold} sold");
    }
    Ok(())
}

/// Captured is the order's total or came back; the ledger sums to zero.
async fn money(fleet: &Fleet, orders: &BTreeMap<Uuid, (String, i64)>) -> Result<()> {
    let payment = fleet.database("payment").await?;
    let rows = sqlx::query("SELECT order_id, captured_minor, refunded_minor FROM payments")
        .fetch_all(&payment)
        .await?;
    let paid: BTreeMap<Uuid, (i64, i64)> = rows
        .iter()
        .map(|row| (row.get("order_id"), (row.get("captured_minor"), row.get("refunded_minor"))))
        .collect();
    ensure!(paid.len() == rows.len(), "an order has one payment");
    for (id, (state, total)) in orders {
        let (captured, refunded) = paid.get(id).copied().unwrap_or((0, 0));
        let kept = if state == "completed" { *total } else { 0 };
        ensure!(
            captured - refunded == kept,
            "order {id} is {state}: {captured} captured, {refunded} refunded of {total}"
        );
    }
    let unbalanced = "SELECT count(*) FROM (SELECT currency FROM ledger_entries GROUP BY currency HAVING sum(amount_minor) <> 0) s";
    ensure!(count(&payment, unbalanced).await? == 0, "the ledger sums to zero");
    Ok(())
}

/// A completed order has its one delivered parcel, no other order has one on its way.
async fn parcels(fleet: &Fleet, orders: &BTreeMap<Uuid, (String, i64)>) -> Result<()> {
    let rows = sqlx::query("SELECT order_id, state FROM shipments")
        .fetch_all(&fleet.database("shipment").await?)
        .await?;
    let parcels: BTreeMap<Uuid, String> =
        rows.iter().map(|row| (row.get("order_id"), row.get("state"))).collect();
    ensure!(parcels.len() == rows.len(), "an order has one parcel");
    for (id, (state, _)) in orders {
        let parcel = parcels.get(id).map(String::as_str);
        let right = if state == "completed" {
            parcel == Some("delivered")
        } else {
            parcel.is_none_or(|p| p == "cancelled")
        };
        ensure!(right, "order {id} is {state}, its parcel is {parcel:?}");
    }
    Ok(())
}

/// One message for each event, channel and user; a completed order was confirmed to its customer exactly once.
async fn messages(fleet: &Fleet, orders: &BTreeMap<Uuid, (String, i64)>) -> Result<()> {
    let database = fleet.database("notification").await?;
    let twice = "SELECT count(*) FROM (SELECT event_id FROM notifications GROUP BY event_id, channel, user_id HAVING count(*) > 1) s";
    ensure!(count(&database, twice).await? == 0, "a customer was told something twice");
    let completed = orders.values().filter(|(state, _)| state == "completed").count();
    let confirmed = "SELECT count(*) FROM notifications WHERE event_type = 'warung.order.confirmed.v1'";
    let confirmed = count(&database, confirmed).await?;
    ensure!(
        confirmed == i64::try_from(completed)?,
        "{completed} orders completed, {confirmed} confirmed to customers"
    );
    Ok(())
}
