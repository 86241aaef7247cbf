//! SQL of rates, shipments and parcels: takes a connection, returns domain types.

pub mod bookings;
pub mod changes;
pub mod claims;
pub mod order_history;
pub mod parcels;
pub mod rates;
pub mod shipments;
pub mod stops;
pub mod tracking;
