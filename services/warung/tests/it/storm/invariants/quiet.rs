//! Whether the shop is at rest: whatever moves or waits must come to nothing, since every wait has a deadline.

use anyhow::Result;
use warung_contracts::manifest;

use super::count;
use crate::fleet::Fleet;

/// What still moves, by where.
const MOVING: [(&str, &str, &str); 7] = [
    (
        "order",
        "orders are open",
        "SELECT count(*) FROM orders WHERE state NOT IN ('completed', 'cancelled', 'rejected')",
    ),
    ("order", "returns are open", "SELECT count(*) FROM returns WHERE state NOT IN ('refused', 'refunded')"),
    ("product", "orders hold stock", "SELECT count(*) FROM reservations WHERE state = 'held'"),
    ("payment", "calls to providers are due", "SELECT count(*) FROM attempts WHERE state = 'started'"),
    (
        "payment",
        "payments are open",
        "SELECT count(*) FROM payments WHERE state IN ('opening', 'pending', 'approved', 'authorized') \
         OR refunding_minor > 0",
    ),
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
