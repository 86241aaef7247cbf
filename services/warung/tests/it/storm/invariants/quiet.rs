//! Whether the shop is at rest: whatever moves or waits must come to nothing, since every wait has a deadline.

use anyhow::Result;
use warung_contracts::manifest;

use super::count;
use crate::fleet::Fleet;

/// What still moves, by where; each row says of one what it is.
const MOVING: [(&str, &str, &str); 8] = [
    (
        "order",
        "orders are open",
        "SELECT format('%s is %s, due at %s', order_id, state, deadline_at) FROM orders \
         WHERE state NOT IN ('completed', 'cancelled', 'rejected')",
    ),
    (
        "order",
        "returns are open",
        "SELECT format('%s is %s', return_id, state) FROM returns \
         WHERE state NOT IN ('refused', 'refunded', 'withdrawn')",
    ),
    (
        "product",
        "orders hold stock",
        "SELECT format('%s until %s', order_id, expires_at) FROM reservations WHERE state = 'held'",
    ),
    (
        "payment",
        "calls to providers are due",
        "SELECT format('%s of %s at %s, try %s', kind, payment_id, due_at, tries) FROM attempts \
         WHERE state = 'started'",
    ),
    (
        "payment",
        "payments are open",
        "SELECT format('%s of %s is %s, refunding %s', payment_id, order_id, state, refunding_minor) \
         FROM payments WHERE state IN ('opening', 'pending', 'approved', 'authorized') OR refunding_minor > 0",
    ),
    (
        "shipment",
        "parcels are on their way",
        "SELECT format('%s is %s since %s', parcel_id, state, state_at) FROM parcels \
         WHERE state NOT IN ('delivered', 'returned', 'cancelled')",
    ),
    (
        "shipment",
        "orders are held to be cancelled",
        "SELECT format('%s since %s', order_id, stopped_at) FROM stops",
    ),
    (
        "notification",
        "messages are to be sent",
        "SELECT format('%s by %s, due at %s, attempt %s', event_type, channel, next_attempt_at, attempts) \
         FROM notifications WHERE state = 'pending'",
    ),
];

/// What still moves; empty when the shop is at rest.
pub async fn restless(fleet: &Fleet) -> Result<Vec<String>> {
    let mut what = Vec::new();
    for manifest in manifest::all().iter().filter(|manifest| manifest.database.is_some()) {
        let waiting = count(&fleet.database(&manifest.name).await?, "SELECT count(*) FROM outbox").await?;
        if waiting > 0 {
            what.push(format!("{waiting} events wait in the outbox of {}", manifest.name));
        }
    }
    for (service, of, query) in MOVING {
        let rows: Vec<String> = sqlx::query_scalar(query).fetch_all(&fleet.database(service).await?).await?;
        if let Some(first) = rows.first() {
            what.push(format!("{} {of} ({first})", rows.len()));
        }
    }
    what.extend(fleet.unread().await?);
    Ok(what)
}
