//! cart through its doors, on a real Redis, asking a real product on a real PostgreSQL.

#![allow(clippy::disallowed_methods, reason = "tests make ids of their own, and look at the real time")]

mod carts;
mod doors;
mod events;
mod merged_orders;
mod merging;
mod privacy;
mod shop;
