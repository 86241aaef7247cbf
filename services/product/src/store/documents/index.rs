//! Makes the documents of products anew, from what is committed.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::ProductId;

use super::labels;

/// Of these products: one document for each stretch of time in which its prices stay as they are.
const INSERT: &str = include_str!("index.sql");

/// What documents hold, as a number: it grows with `index.sql`, and [`outdated`] finds those of before.
const SHAPE: i16 = 6;

/// Writes the documents of these products into every generation there is, or takes them out when customers can't see
/// the product. Holds the products' locks, so that of two who index one product the later sees the later state.
pub async fn index(
    conn: &mut PgConnection,
    products: &[ProductId],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let ids = lock(conn, products).await?;
    let generations = sqlx::query_scalar("SELECT generation FROM catalog_generations FOR SHARE")
        .fetch_all(&mut *conn)
        .await?;
    write(conn, &ids, &generations, now).await
}

/// Products whose documents were made as an earlier version makes them.
pub async fn outdated(pool: &PgPool, limit: i64) -> Result<Vec<ProductId>, sqlx::Error> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "SELECT DISTINCT product_id FROM catalog_documents WHERE shape < $1 ORDER BY product_id LIMIT $2",
    )
    .bind(SHAPE)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(ids.into_iter().map(ProductId).collect())
}

/// The same for one generation, which is being built.
pub(super) async fn index_into(
    conn: &mut PgConnection,
    products: &[ProductId],
    generation: i32,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let ids = lock(conn, products).await?;
    write(conn, &ids, &[generation], now).await
}

async fn lock(conn: &mut PgConnection, products: &[ProductId]) -> Result<Vec<Uuid>, sqlx::Error> {
    let ids: Vec<Uuid> = products.iter().map(|id| id.uuid()).collect();
    sqlx::query(
        "SELECT product_id FROM products WHERE product_id = ANY($1) ORDER BY product_id FOR NO KEY UPDATE",
    )
    .bind(&ids)
    .execute(&mut *conn)
    .await?;
    Ok(ids)
}

async fn write(
    conn: &mut PgConnection,
    ids: &[Uuid],
    generations: &[i32],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM catalog_documents WHERE generation = ANY($1) AND product_id = ANY($2)")
        .bind(generations)
        .bind(ids)
        .execute(&mut *conn)
        .await?;
    sqlx::query(INSERT).bind(ids).bind(generations).bind(now).bind(SHAPE).execute(&mut *conn).await?;
    // Words of letters: numbers and codes are not typed almost rightly.
    sqlx::query(
        "INSERT INTO catalog_words (word) SELECT DISTINCT lexeme FROM catalog_documents d, unnest(d.search) \
         WHERE d.generation = ANY($1) AND d.product_id = ANY($2) \
         AND lexeme ~ '^[[:alpha:]]{3,40}$' ORDER BY lexeme ON CONFLICT DO NOTHING",
    )
    .bind(generations)
    .bind(ids)
    .execute(&mut *conn)
    .await?;
    labels::keep(conn, ids).await
}
