//! Reading afterwards how long orders took.

use std::time::Duration;

use anyhow::{Context as _, Result};
use hyper::header::HeaderValue;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use warung_contracts::manifest;

use crate::client::{Call, Connection};
use crate::tally::Tally;

/// Orders that are read at most.
const SAMPLE: usize = 400;

/// Times from placed to confirmed, as the orders' own histories tell. At most 400 of the orders are read.
///
/// # Errors
///
/// When an order can't be read.
pub async fn placed_to_confirmed(orders: &[(HeaderValue, String)]) -> Result<Tally> {
    let (mut connection, mut tally) = (Connection::local(manifest::get("order").port), Tally::new());
    let step = orders.len().div_ceil(SAMPLE).max(1);
    for (token, id) in orders.iter().step_by(step) {
        let call = Call { token: Some(token.clone()), ..Call::get(format!("/api/v1/orders/{id}")) };
        let answer = connection.send(&call).await.context("read an order")?;
        let order: serde_json::Value = serde_json::from_slice(&answer.body).context("an order is no JSON")?;
        if let Some(took) = time_of(&order) {
            tally.record(took);
        }
    }
    Ok(tally)
}

/// None while the order is not confirmed.
fn time_of(order: &serde_json::Value) -> Option<Duration> {
    let history = order["history"].as_array()?;
    let at = |state: &str| {
        let entry = history.iter().find(|entry| entry["to"] == state)?;
        OffsetDateTime::parse(entry["at"].as_str()?, &Rfc3339).ok()
    };
    Duration::try_from(at("confirmed")? - at("placed")?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_time_to_confirmation_is_in_the_history() {
        let mut order = json!({"history": [
            {"to": "placed", "at": "2026-01-02T03:04:05.5Z"}, {"to": "awaiting_payment", "at": "2026-01-02T03:04:05.6Z"},
        ]});
        assert_eq!(time_of(&order), None);
        let confirmed = json!({"to": "confirmed", "at": "2026-01-02T03:04:06Z"});
        order["history"].as_array_mut().expect("history").push(confirmed);
        assert_eq!(time_of(&order), Some(Duration::from_millis(500)));
    }
}
