//! SQL of orders: takes a connection, returns domain types.

pub mod history;
pub mod orders;
mod row;
