//! Customers whose card is declined, and who take another way to pay.

use anyhow::Result;
use serde_json::json;
use warung_e2e::until;

use super::caller::{Caller, ENDED, PATIENCE};

/// Another way was taken.
pub const TAKEN: &str = "declined order was to be paid in another way";
/// The time to pay was over, or the order had ended.
const TOO_LATE: &str = "declined order could not be paid in another way any more";

/// Takes another way once the first has failed; says what came of it.
pub async fn take(caller: &Caller, order: &str) -> Result<&'static str> {
    let may = until("a payment that was declined", PATIENCE, || async {
        let now = caller.order(order).await?;
        let may_change = now["actions"].as_array().is_some_and(|all| all.contains(&json!("change_payment")));
        if ENDED.contains(&now["state"].as_str().unwrap_or_default()) {
            return Ok(Some(false));
        }
        Ok((may_change && now["payment"]["failure"].is_string()).then_some(true))
    })
    .await?;
    if !may {
        return Ok(TOO_LATE);
    }
    let (path, way) = (
        format!("/api/v1/payments/{order}/attempts"),
        json!({ "provider": "sandbox", "token": "tok_success" }),
    );
    let taken = caller.insist(&path, &format!("second-try-{order}"), &way).await?;
    Ok(taken.map_or(TOO_LATE, |_| TAKEN))
}
