//! What somebody who is still typing may want: words that go on so, and products that fit.

use sqlx::{PgPool, QueryBuilder, Row as _};
use time::OffsetDateTime;
use warung_contracts::id::ProductId;

pub use super::search::words;
use super::{document, push_columns, push_current};
use crate::domain::locale::Wanted;

/// A product that fits what was typed so far.
#[derive(Debug, Clone)]
pub struct Suggestion {
    pub id: ProductId,
    pub slug: String,
    pub name: String,
}

/// Words that begin as the last one does, the shortest first, and products that have all words or words that go on so.
pub async fn suggest(
    pool: &PgPool,
    typed: &[String],
    wanted: &Wanted,
    now: OffsetDateTime,
    limit: i64,
) -> Result<(Vec<String>, Vec<Suggestion>), sqlx::Error> {
    let Some(last) = typed.last() else { return Ok((vec![], vec![])) };
    // Letters and digits alone: nothing in it means something to LIKE.
    let words: Vec<String> = sqlx::query_scalar(
        "SELECT word FROM catalog_words WHERE word LIKE $1 ORDER BY length(word), word LIMIT $2",
    )
    .bind(format!("{last}%"))
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok((words, products(pool, typed, wanted, now, limit).await?))
}

async fn products(
    pool: &PgPool,
    typed: &[String],
    wanted: &Wanted,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Suggestion>, sqlx::Error> {
    let begin: Vec<String> = typed.iter().map(|word| format!("'{word}':*A")).collect();
    let mut query = QueryBuilder::new("SELECT ");
    push_columns(&mut query, wanted);
    query.push("FROM catalog_documents d WHERE d.search @@ to_tsquery('simple', ");
    query.push_bind(begin.join(" & ")).push(") AND ");
    push_current(&mut query, now);
    query.push(" ORDER BY d.in_stock DESC, length(d.name), d.product_id LIMIT ").push_bind(limit);
    let rows = query.build().fetch_all(pool).await?;
    rows.iter()
        .map(|row| {
            let name: super::Document = document(row, wanted)?;
            Ok(Suggestion { id: ProductId(row.try_get("product_id")?), slug: name.slug, name: name.name })
        })
        .collect()
}
