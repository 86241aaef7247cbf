//! The read model made anew, beside the one that serves: nobody waits and nothing is missing meanwhile.

use sqlx::{Connection as _, PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_chassis::db::analyze;
use warung_contracts::id::ProductId;

use super::{TABLES, index::index_into, labels};

/// Products of one transaction.
const BATCH: i64 = 500;
/// Documents taken away by one statement.
const GONE_BATCH: i64 = 5000;
/// Nobody waits for an answer here: statements take their time, and whoever writes documents is waited for longer.
const UNHURRIED: [(&str, &str); 2] = [("statement_timeout", "0"), ("lock_timeout", "60000")];
/// Words that no document holds go. Two sets of words, whatever the planner thinks of their sizes: `NOT IN` may look through all
/// words of all documents for each.
const CLEAR_WORDS: &str = "DELETE FROM catalog_words WHERE word IN (SELECT word FROM catalog_words \
    EXCEPT SELECT lexeme FROM catalog_documents d, unnest(d.search))";
/// Key of the advisory lock that keeps two rebuilds apart.
const LOCK: i64 = 0x0072_6569_6e64_6578;

/// What a rebuild made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Build {
    /// Products that were looked at.
    pub products: u64,
    /// The generation that serves now.
    pub generation: i32,
}

/// Builds a generation, lets it serve, and takes the old one away; none when somebody is building already. Events that
/// arrive meanwhile are written to both. What is no longer of use is taken away at the end; what of it can't be, or an
/// interrupted rebuild left, is in nobody's way and goes with the next.
pub async fn rebuild(pool: &PgPool, now: OffsetDateTime) -> Result<Option<Build>, sqlx::Error> {
    // A connection of its own: the lock lives and dies with it.
    let mut conn =
        PgConnection::connect_with(&pool.connect_options().as_ref().clone().options(UNHURRIED)).await?;
    let locked: bool =
        sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(LOCK).fetch_one(&mut conn).await?;
    if !locked {
        return Ok(None);
    }
    let generation = begin(&mut conn, now).await?;
    let products = fill(&mut conn, generation, now).await?;
    analyze(pool, &TABLES).await?;
    switch(&mut conn, generation).await?;
    if let Err(error) = clear(&mut conn).await {
        tracing::warn!(%error, generation, "the new generation serves, but what is old could not be taken away; the next reindex does");
    }
    // Here and not by the end of the connection, which the server may notice after whoever builds next has asked.
    sqlx::query("SELECT pg_advisory_unlock($1)").bind(LOCK).execute(&mut conn).await?;
    conn.close().await?;
    Ok(Some(Build { products, generation }))
}

async fn begin(conn: &mut PgConnection, now: OffsetDateTime) -> Result<i32, sqlx::Error> {
    sqlx::query("DELETE FROM catalog_generations WHERE state = 'building'").execute(&mut *conn).await?;
    // A number that nothing has, not even documents that were left behind.
    sqlx::query_scalar(
        "INSERT INTO catalog_generations (generation, state, created_at) \
         SELECT greatest((SELECT max(generation) FROM catalog_generations), \
             (SELECT max(generation) FROM catalog_documents), 0) + 1, 'building', $1 RETURNING generation",
    )
    .bind(now)
    .fetch_one(conn)
    .await
}

async fn fill(conn: &mut PgConnection, generation: i32, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let (mut count, mut last) = (0, Uuid::nil());
    loop {
        let ids: Vec<Uuid> = sqlx::query_scalar(
            "SELECT product_id FROM products WHERE product_id > $1 ORDER BY product_id LIMIT $2",
        )
        .bind(last)
        .bind(BATCH)
        .fetch_all(&mut *conn)
        .await?;
        let Some(end) = ids.last() else { return Ok(count) };
        (last, count) = (*end, count + ids.len() as u64);
        let products: Vec<ProductId> = ids.into_iter().map(ProductId).collect();
        let mut tx = conn.begin().await?;
        index_into(&mut tx, &products, generation, now).await?;
        tx.commit().await?;
    }
}

/// Waits for those who write documents at this moment; they write to both generations.
async fn switch(conn: &mut PgConnection, generation: i32) -> Result<(), sqlx::Error> {
    let mut tx = conn.begin().await?;
    sqlx::query("SELECT FROM catalog_generations FOR UPDATE").execute(&mut *tx).await?;
    sqlx::query("DELETE FROM catalog_generations WHERE state = 'live'").execute(&mut *tx).await?;
    sqlx::query("UPDATE catalog_generations SET state = 'live' WHERE generation = $1")
        .bind(generation)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

/// Takes away documents of generations that are no more, words that no document holds, and labels that no product has.
async fn clear(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    let gone: Vec<i32> = sqlx::query_scalar(
        "SELECT generation FROM catalog_documents EXCEPT SELECT generation FROM catalog_generations",
    )
    .fetch_all(&mut *conn)
    .await?;
    for generation in gone {
        while take_away(conn, generation).await? > 0 {}
    }
    sqlx::query(CLEAR_WORDS).execute(&mut *conn).await?;
    labels::clear(conn).await
}

async fn take_away(conn: &mut PgConnection, generation: i32) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(
        "DELETE FROM catalog_documents WHERE generation = $1 \
         AND ctid = ANY(ARRAY(SELECT ctid FROM catalog_documents WHERE generation = $1 LIMIT $2))",
    )
    .bind(generation)
    .bind(GONE_BATCH)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
