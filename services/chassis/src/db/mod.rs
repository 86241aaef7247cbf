//! The service's own PostgreSQL database: pool, unit of work, migrations.

mod migrate;
mod pool;
mod tx;

pub use migrate::{MigrateError, Migrations};
pub use pool::connect;
pub use tx::{Db, Tx};
