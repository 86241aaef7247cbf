//! SQL of payments: takes a connection, returns domain types.

pub mod attempts;
#[allow(dead_code)]
pub mod discrepancies;
pub mod ledger;
pub mod payments;
pub mod webhooks;
