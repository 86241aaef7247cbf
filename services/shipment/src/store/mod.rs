//! SQL of parcels: takes a connection, returns domain types.

pub mod cancelled_orders;
pub mod rates;
pub mod shipments;
pub mod tracking;
