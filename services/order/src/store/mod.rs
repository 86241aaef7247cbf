//! SQL of orders: takes a connection, returns domain types.

pub mod addresses;
pub mod changes;
pub mod claims;
pub mod coupons;
pub mod erase;
pub mod history;
pub mod orders;
pub mod parcels;
pub mod placing;
pub mod redemptions;
pub mod refunds;
pub mod returns;
mod row;
pub mod search;
pub mod tax_rates;
pub mod timeline;
pub mod turns;
