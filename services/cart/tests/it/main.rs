//! cart through its doors, on a real Redis, asking a real product on a real PostgreSQL.

mod carts;
mod doors;
mod events;
mod merging;
mod shop;
