//! What must be true of the databases of all services together, and of the mail server.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use sqlx::{PgPool, Row as _};
use uuid::Uuid;
use warung_contracts::{
    id::{OrderId, ProductId},
    manifest,
    stream::DEADLETTER_STREAM,
};
use warung_testbed::smtp::Mail;

use crate::{fleet::Fleet, mailbox, privacy};

/// What was done to the shop, and what people outside were told by it.
pub struct Told {
    /// What was on the shelves, by product.
    pub products: BTreeMap<String, u32>,
    /// Every checkout by its key: the order's id, or nothing when it was refused.
    pub accepted: BTreeMap<String, Option<String>>,
    /// Addresses of accounts that are gone.
    pub left: Vec<String>,
    /// Orders of which a part came back and was paid back.
    pub sent_back: usize,
    /// All that the mail server took.
    pub mails: Vec<Mail>,
    /// How often something was broken.
    pub faults: usize,
}

/// What still moves, by where: it must come to nothing.
const MOVING: [(&str, &str, &str); 5] = [
    (
        "order",
        "orders are open",
        "SELECT count(*) FROM orders WHERE state NOT IN ('completed', 'cancelled', 'rejected')",
    ),
    ("order", "returns are open", "SELECT count(*) FROM returns WHERE state NOT IN ('refused', 'refunded')"),
    ("payment", "calls to providers are due", "SELECT count(*) FROM attempts WHERE state = 'started'"),
    (
        "shipment",
        "parcels are on their way",
        "SELECT count(*) FROM parcels WHERE state NOT IN ('delivered', 'returned', 'cancelled')",
    ),
    ("notification", "messages are to be sent", "SELECT count(*) FROM notifications WHERE state = 'pending'"),
];

/// What still moves; empty when the shop is at rest.
pub async fn restless(fleet: &Fleet) -> Result<Vec<String>> {
    let mut what = Vec::new();
    let mut note = |number: i64, of: String| {
        if number > 0 {
            what.push(format!("{number} {of}"));
        }
    };
    for manifest in manifest::all().iter().filter(|manifest| manifest.database.is_some()) {
        let waiting = count(&fleet.database(&manifest.name).await?, "SELECT count(*) FROM outbox").await?;
        note(waiting, format!("events wait in the outbox of {}", manifest.name));
    }
    for (service, of, query) in MOVING {
        note(count(&fleet.database(service).await?, query).await?, of.to_owned());
    }
    note(i64::try_from(fleet.unread().await?)?, "events are unread".to_owned());
    Ok(what)
}

/// The number that a query asks for.
pub async fn count(pool: &PgPool, query: &'static str) -> Result<i64> {
    Ok(sqlx::query_scalar(query).fetch_one(pool).await?)
}

/// An order as its owner keeps it; amounts in minor units.
struct Order {
    state: String,
    total: i64,
    /// What it heard to have gone back.
    refunded: i64,
    /// What went back for returns.
    returned: i64,
}

/// Every invariant.
pub async fn hold(fleet: &Fleet, told: &Told) -> Result<()> {
    ensure!(fleet.stream_messages(DEADLETTER_STREAM).await? == 0, "no event was given up");
    let orders = orders(fleet, &told.accepted).await?;
    stock(fleet, &told.products).await?;
    money(fleet, &orders).await?;
    parcels(fleet, &orders).await?;
    returns(fleet, told.sent_back).await?;
    mailbox::hold(fleet, &told.mails, told.faults).await?;
    gone(fleet, &told.left).await
}

/// Every order by its id; each is one that a customer was told of, and once.
async fn orders(fleet: &Fleet, accepted: &BTreeMap<String, Option<String>>) -> Result<BTreeMap<Uuid, Order>> {
    let rows = sqlx::query(
        "SELECT order_id, state, total_minor, refunded_minor, coalesce((SELECT sum(amount_minor) FROM refunds r \
         WHERE r.order_id = o.order_id AND r.state = 'done'), 0)::bigint AS returned FROM orders o",
    )
    .fetch_all(&fleet.database("order").await?)
    .await?;
    let order = |row: &sqlx::postgres::PgRow| Order {
        state: row.get("state"),
        total: row.get("total_minor"),
        refunded: row.get("refunded_minor"),
        returned: row.get("returned"),
    };
    let orders: BTreeMap<Uuid, Order> = rows.iter().map(|row| (row.get("order_id"), order(row))).collect();
    let told: BTreeSet<Uuid> =
        accepted.values().flatten().filter_map(|id| id.parse::<OrderId>().ok()).map(OrderId::uuid).collect();
    let known: BTreeSet<Uuid> = orders.keys().copied().collect();
    ensure!(told == known, "{} orders were told to customers, {} exist", told.len(), known.len());
    let mut states: BTreeMap<&str, u32> = BTreeMap::new();
    for order in orders.values() {
        *states.entry(&order.state).or_default() += 1;
    }
    println!("storm: orders by state: {states:?}");
    Ok(orders)
}

/// What left the shelf is what completed orders hold and did not send back; nothing stays reserved or is below zero.
async fn stock(fleet: &Fleet, products: &BTreeMap<String, u32>) -> Result<()> {
    let sold = sqlx::query(
        "SELECT l.product_id, sum(l.quantity - coalesce(b.items, 0))::bigint AS sold \
         FROM order_lines l JOIN orders o USING (order_id) LEFT JOIN ( \
           SELECT r.order_id, i.position, sum(i.received) AS items FROM return_lines i JOIN returns r USING (return_id) \
           WHERE i.restock GROUP BY r.order_id, i.position) b USING (order_id, position) \
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

/// Captured is the order's total or came back, for returns as much as was decided; the ledger sums to zero.
async fn money(fleet: &Fleet, orders: &BTreeMap<Uuid, Order>) -> Result<()> {
    let payment = fleet.database("payment").await?;
    let rows = sqlx::query(
        "SELECT order_id, captured_minor, refunded_minor + offline_minor AS refunded_minor FROM payments",
    )
    .fetch_all(&payment)
    .await?;
    let paid: BTreeMap<Uuid, (i64, i64)> = rows
        .iter()
        .map(|row| (row.get("order_id"), (row.get("captured_minor"), row.get("refunded_minor"))))
        .collect();
    ensure!(paid.len() == rows.len(), "an order has one payment");
    for (id, Order { state, total, refunded: heard, returned }) in orders {
        let (captured, refunded) = paid.get(id).copied().unwrap_or((0, 0));
        let kept = if state == "completed" { total - returned } else { 0 };
        ensure!(
            captured - refunded == kept,
            "order {id} is {state}: {captured} captured, {refunded} refunded of {total}, {returned} for returns"
        );
        ensure!(*heard == refunded, "order {id} heard of {heard} refunded, payment did {refunded}");
    }
    let unbalanced = "SELECT count(*) FROM (SELECT currency FROM ledger_entries GROUP BY currency HAVING sum(amount_minor) <> 0) s";
    ensure!(count(&payment, unbalanced).await? == 0, "the ledger sums to zero");
    Ok(())
}

/// A completed order has its one delivered parcel; that of another never left, is back, or was at the door before the
/// carrier heard of the recall (docs/saga.md).
async fn parcels(fleet: &Fleet, orders: &BTreeMap<Uuid, Order>) -> Result<()> {
    let rows = sqlx::query("SELECT s.order_id, p.state FROM parcels p JOIN shipments s USING (shipment_id)")
        .fetch_all(&fleet.database("shipment").await?)
        .await?;
    let parcels: BTreeMap<Uuid, String> =
        rows.iter().map(|row| (row.get("order_id"), row.get("state"))).collect();
    ensure!(parcels.len() == rows.len(), "an order has one parcel");
    for (id, Order { state, .. }) in orders {
        let parcel = parcels.get(id).map(String::as_str);
        let right = match state.as_str() {
            "completed" => parcel == Some("delivered"),
            "cancelled" => matches!(parcel, None | Some("cancelled" | "returned" | "delivered")),
            _ => parcel.is_none(),
        };
        ensure!(right, "order {id} is {state}, its parcel is {parcel:?}");
    }
    Ok(())
}

/// Every return that customers and staff went through was paid back, and there is no other.
async fn returns(fleet: &Fleet, sent_back: usize) -> Result<()> {
    let refunded =
        count(&fleet.database("order").await?, "SELECT count(*) FROM returns WHERE state = 'refunded'")
            .await?;
    ensure!(
        refunded == i64::try_from(sent_back)?,
        "{sent_back} orders were sent back, {refunded} returns refunded"
    );
    let restocked = count(&fleet.database("product").await?, "SELECT count(*) FROM restocks").await?;
    ensure!(restocked == refunded, "{refunded} returns refunded, {restocked} restocked");
    Ok(())
}

/// Of accounts that are gone no address is left in any database; each is known to be gone, its orders name nobody.
async fn gone(fleet: &Fleet, left: &[String]) -> Result<()> {
    let users: Vec<Uuid> = sqlx::query_scalar("SELECT user_id FROM erased_users")
        .fetch_all(&fleet.database("user").await?)
        .await?;
    ensure!(users.len() == left.len(), "{} accounts went, {} were erased", left.len(), users.len());
    let traces = privacy::traces(fleet, left).await?;
    ensure!(traces.is_empty(), "of accounts that are gone there are {}", traces.join("; "));
    for (service, named) in NAMED {
        let named: i64 =
            sqlx::query_scalar(named).bind(&users).fetch_one(&fleet.database(service).await?).await?;
        ensure!(named == 0, "{named} rows of {service} name somebody who is gone");
    }
    Ok(())
}

/// Rows of these users that still name them.
const NAMED: [(&str, &str); 2] = [
    (
        "order",
        "SELECT count(*) FROM orders WHERE user_id = ANY($1) \
         AND (contact IS NOT NULL OR email IS NOT NULL OR shipping_address ->> 'recipient' <> 'erased')",
    ),
    (
        "shipment",
        "SELECT count(*) FROM shipments WHERE user_id = ANY($1) AND shipping_address ->> 'recipient' <> ''",
    ),
];
