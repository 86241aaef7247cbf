//! SQL of payments: takes a connection, returns domain types.

pub mod attempts;
pub mod cancelled_orders;
pub mod ledger;
pub mod payments;
pub mod webhooks;
