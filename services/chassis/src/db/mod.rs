//! The service's own PostgreSQL database: pool, unit of work, migrations.

mod migrate;
mod pool;
mod statistics;
mod tx;

pub use migrate::{MigrateError, Migrations};
pub use pool::connect;
pub use statistics::analyze;
pub use tx::{Db, Tx};
