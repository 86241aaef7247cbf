//! Calls to carriers. Each ends: one that hangs is one without an answer.

use std::time::Duration;

use crate::{carriers::Trouble, metrics::ShipmentMetrics};

/// Time for one call; well within the claim.
pub const DEADLINE: Duration = Duration::from_secs(15);

/// Makes a call to a carrier; counts one that brings no answer.
pub async fn make<T>(
    metrics: &ShipmentMetrics,
    carrier: &str,
    call: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, Trouble> {
    let made = tokio::time::timeout(DEADLINE, call).await.unwrap_or_else(|_| {
        Err(Trouble::NoAnswer(anyhow::anyhow!("it took longer than {} s", DEADLINE.as_secs())))
    });
    made.inspect_err(|trouble| metrics.troubled(carrier, trouble))
}
