//! How far orders are, by order's own metrics.

use anyhow::Result;

use crate::openmetrics;

/// Orders by order's metrics.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ends {
    pub confirmed: u64,
    /// Rejected or cancelled.
    pub refused: u64,
}

impl Ends {
    /// Since order started.
    ///
    /// # Errors
    ///
    /// When order's metrics can't be read.
    pub async fn now() -> Result<Self> {
        let text = openmetrics::of("order").await?;
        // A counter is a whole number far below what a double can hold.
        let count =
            |state: &str| openmetrics::sum(&text, "warung_orders_total", Some(("state", state))) as u64;
        Ok(Self { confirmed: count("confirmed"), refused: count("cancelled") + count("rejected") })
    }

    /// What came after another look.
    pub fn since(self, before: Self) -> Self {
        Self {
            confirmed: self.confirmed.saturating_sub(before.confirmed),
            refused: self.refused.saturating_sub(before.refused),
        }
    }

    /// Orders that have ended, one way or the other.
    pub fn all(self) -> u64 {
        self.confirmed + self.refused
    }
}
