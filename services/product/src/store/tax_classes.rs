//! Tax classes that products may name.

use sqlx::PgConnection;
use time::OffsetDateTime;

/// Notes the number of what is told of a class; false where something with a greater one was told before.
pub async fn is_news(conn: &mut PgConnection, class: &str, version: u64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO tax_class_versions AS known (tax_class, version) VALUES ($1, $2) \
         ON CONFLICT (tax_class) DO UPDATE SET version = excluded.version WHERE known.version <= excluded.version",
    )
    .bind(class)
    .bind(i64::try_from(version).unwrap_or(i64::MAX))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Notes that a class has a rate.
pub async fn put(conn: &mut PgConnection, class: &str, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO tax_classes (tax_class, told_at) VALUES ($1, $2) \
         ON CONFLICT (tax_class) DO UPDATE SET told_at = excluded.told_at",
    )
    .bind(class)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a class has no rate any more.
pub async fn remove(conn: &mut PgConnection, class: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM tax_classes WHERE tax_class = $1").bind(class).execute(conn).await?;
    Ok(())
}

/// Whether a class has a rate.
pub async fn knows(conn: &mut PgConnection, class: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM tax_classes WHERE tax_class = $1)")
        .bind(class)
        .fetch_one(conn)
        .await
}
