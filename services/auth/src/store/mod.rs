//! SQL.

pub mod audit;
pub mod devices;
pub mod factors;
pub mod links;
pub mod sessions;
pub mod throttles;
pub mod tokens;
pub mod users;
