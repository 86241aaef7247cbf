//! A database for each test.

use std::{
    str::FromStr as _,
    sync::atomic::{AtomicU64, Ordering},
};

use sqlx::{Connection as _, PgConnection, postgres::PgConnectOptions};

use super::store_url;

static COUNT: AtomicU64 = AtomicU64::new(0);

/// A new database: options of the server, of the database, and its name.
pub async fn create(service: &str) -> (PgConnectOptions, PgConnectOptions, String) {
    let url = store_url("WARUNG_TEST_POSTGRES_URL");
    let root = PgConnectOptions::from_str(&url).expect("WARUNG_TEST_POSTGRES_URL is a PostgreSQL URL");
    let name = format!("t_{service}_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut conn = PgConnection::connect_with(&root).await.expect("PostgreSQL answers");
    for statement in
        [format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"), format!("CREATE DATABASE \"{name}\"")]
    {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
            .execute(&mut conn)
            .await
            .expect("a database can be made");
    }
    let options = root.clone().database(&name);
    (root, options, name)
}

/// Drops a database.
pub async fn remove(root: &PgConnectOptions, name: &str) {
    let mut conn = PgConnection::connect_with(root).await.expect("PostgreSQL answers");
    let statement = format!("DROP DATABASE \"{name}\" WITH (FORCE)");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
        .execute(&mut conn)
        .await
        .expect("the database can be dropped");
}
