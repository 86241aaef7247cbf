//! Accounts that are gone: nothing that names the person is left in any database.

use anyhow::{Result, ensure};
use uuid::Uuid;

use super::Seen;
use crate::{fleet::Fleet, privacy};

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

/// No address is left; each account is known to be gone, and its orders name nobody.
pub async fn hold(fleet: &Fleet, left: &[String]) -> Result<Vec<Seen>> {
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
    Ok(vec![Seen::of("an account that is gone is named nowhere", left.len())?])
}
