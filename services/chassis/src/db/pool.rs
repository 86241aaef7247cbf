//! The connection pool.

use std::time::Duration;

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{deadline, patience::Patience};

/// A pool that connects when it is first used, so that a process starts while its store is away. A request that gets no
/// connection within its patience is told to try again.
pub fn connect(options: PgConnectOptions, service: &str, connections_max: u32, patience: Patience) -> PgPool {
    let options = options
        .application_name(service)
        // A lock that is waited for longer than this is given up; the caller tries again.
        .options([("lock_timeout", "5000"), ("idle_in_transaction_session_timeout", "15000")])
        // What its request no longer waits for is of no use. Transactions whose caller waits less are told so.
        .options([("statement_timeout", deadline::REQUEST_MAX.as_millis())]);
    PgPoolOptions::new()
        .max_connections(connections_max)
        .min_connections(0)
        .acquire_timeout(patience.connection)
        .idle_timeout(Duration::from_secs(300))
        .test_before_acquire(false)
        .connect_lazy_with(options)
}
