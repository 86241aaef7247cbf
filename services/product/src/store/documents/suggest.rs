//! What somebody who is still typing may want: words that go on so, and products that fit.

use sqlx::{PgPool, QueryBuilder};
use time::OffsetDateTime;
use warung_contracts::id::ProductId;

use super::{
    Document, Filter, document, push_columns, push_current,
    search::{alike, folded, meant},
};
use crate::domain::locale::Wanted;

/// A product that fits what was typed so far.
#[derive(Debug, Clone)]
pub struct Suggestion {
    pub id: ProductId,
    pub slug: String,
    pub name: String,
    /// The language of the name, when it is a translation.
    pub locale: Option<String>,
}

/// Words that begin as the last one does, the shortest first, and products that have all words or words that go on so.
/// Where there are none, those that were perhaps meant.
pub async fn suggest(
    pool: &PgPool,
    typed: &str,
    wanted: &Wanted,
    now: OffsetDateTime,
    limit: i64,
) -> Result<(Vec<String>, Vec<Suggestion>), sqlx::Error> {
    let typed = folded(pool, typed).await?;
    let Some(last) = typed.last() else { return Ok((vec![], vec![])) };
    // Letters and digits alone: nothing in it means something to LIKE.
    let mut words: Vec<String> = sqlx::query_scalar(
        "SELECT word FROM catalog_words WHERE word LIKE $1 ORDER BY length(word), word LIMIT $2",
    )
    .bind(format!("{last}%"))
    .bind(limit)
    .fetch_all(pool)
    .await?;
    let begin: Vec<String> = typed.iter().map(|word| format!("'{word}':*A")).collect();
    let mut products = products(pool, &begin, wanted, now, limit).await?;
    if words.is_empty() {
        words = meant(pool, std::slice::from_ref(last)).await?.remove(last).unwrap_or_default();
    }
    if products.is_empty() {
        let alike = alike(pool, &typed, "A").await?;
        products = self::products(pool, &alike, wanted, now, limit).await?;
    }
    Ok((words, products))
}

/// Products that have all of these, each a `to_tsquery`.
async fn products(
    pool: &PgPool,
    terms: &[String],
    wanted: &Wanted,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Suggestion>, sqlx::Error> {
    let mut query = QueryBuilder::new("SELECT ");
    push_columns(&mut query, wanted, &Filter::default());
    query.push("FROM catalog_documents d WHERE d.search @@ to_tsquery('folded', ");
    query.push_bind(terms.join(" & ")).push(") AND ");
    push_current(&mut query, now);
    query.push(" ORDER BY d.in_stock DESC, length(d.name), d.product_id LIMIT ").push_bind(limit);
    let rows = query.build().fetch_all(pool).await?;
    rows.iter()
        .map(|row| {
            let Document { id, slug, name, locale, .. } = document(row, wanted)?;
            Ok(Suggestion { id, slug, name, locale })
        })
        .collect()
}
