//! What PostgreSQL knows of its tables, by which it plans statements.

use sqlx::{AssertSqlSafe, PgPool};

/// Looks at tables that were just filled. Autovacuum does so too, a minute later or more; until then every plan would be
/// made for tables without rows, and read whole ones.
///
/// # Errors
///
/// When the store is away, or one of the tables isn't this role's.
pub async fn analyze(pool: &PgPool, tables: &[&'static str]) -> Result<(), sqlx::Error> {
    let mut tx = pool.begin().await?;
    // A sample of a large table may take longer than a request may.
    sqlx::query("SET LOCAL statement_timeout = 0").execute(&mut *tx).await?;
    sqlx::query(AssertSqlSafe(format!("ANALYZE {}", tables.join(", ")))).execute(&mut *tx).await?;
    tx.commit().await
}
