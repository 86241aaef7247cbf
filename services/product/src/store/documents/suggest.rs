//! What somebody who is still typing may want: words that go on so, and products that fit.

use sqlx::{PgPool, QueryBuilder};
use time::OffsetDateTime;
use warung_contracts::id::ProductId;

use super::{
    Document, Filter, document, push_columns, push_current,
    search::{alike, folded, meant, words},
};
use crate::domain::{locale::Wanted, slug, spelling};

/// A product that fits what was typed so far.
#[derive(Debug, Clone)]
pub struct Suggestion {
    pub id: ProductId,
    pub slug: String,
    pub name: String,
    /// The language of the name, when it is a translation.
    pub locale: Option<String>,
}

/// Letters from which on a word may be the beginning of a SKU: with fewer, too many SKUs begin so, and nobody means one.
const SKU_FROM: usize = 3;
/// Products that are looked at, of which those that are called so in the reader's language come first.
const CANDIDATES: i64 = 64;

/// Words that begin as the last one does, the shortest first, and products that have all words or words that go on so.
/// Where there are none, those that were perhaps meant.
pub async fn suggest(
    pool: &PgPool,
    typed: &str,
    wanted: &Wanted,
    now: OffsetDateTime,
    limit: usize,
) -> Result<(Vec<String>, Vec<Suggestion>), sqlx::Error> {
    let typed = folded(pool, typed).await?;
    let Some(last) = typed.last() else { return Ok((vec![], vec![])) };
    let mut words = begun(pool, last, limit).await?;
    let begin = typed.iter().map(|word| {
        let weights = if word.chars().count() < SKU_FROM { "A" } else { "AB" };
        format!("'{word}':*{weights}")
    });
    let mut products = products(pool, &begin.collect::<Vec<_>>(), wanted, now).await?;
    let known = !words.is_empty();
    if !known {
        words = slipped(pool, last, limit).await?;
    }
    if words.is_empty() {
        words = meant(pool, std::slice::from_ref(last)).await?.remove(last).unwrap_or_default();
    }
    if products.is_empty() {
        let mut terms = alike(pool, &typed, "AB").await?;
        if let Some(term) = terms.last_mut().filter(|_| !known) {
            words.iter().for_each(|word| term.push_str(&format!(" | '{word}':AB")));
            *term = format!("({term})");
        }
        products = self::products(pool, &terms, wanted, now).await?;
    }
    // Others have the words in another language, in an option or in a SKU.
    products.sort_by_cached_key(|product| !is_called(&product.name, &typed));
    products.truncate(limit);
    Ok((words, products))
}

/// Words that begin so. Where no digit is typed, those with digits come last: most are parts of SKUs.
async fn begun(pool: &PgPool, typed: &str, limit: usize) -> Result<Vec<String>, sqlx::Error> {
    // Letters and digits alone: nothing in it means something to LIKE.
    sqlx::query_scalar(
        "SELECT word FROM catalog_words WHERE word LIKE $1 \
         ORDER BY $2 AND word ~ '[0-9]', length(word), word LIMIT $3",
    )
    .bind(format!("{typed}%"))
    .bind(!typed.contains(|c: char| c.is_ascii_digit()))
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await
}

/// Words that go on from what was typed but for one slip, swapped letters first.
async fn slipped(pool: &PgPool, typed: &str, limit: usize) -> Result<Vec<String>, sqlx::Error> {
    let (swapped, other) = spelling::beginnings(typed);
    let mut letters = typed.chars();
    let (Some(first), Some(second)) = (letters.next(), letters.next()) else { return Ok(vec![]) };
    let patterns = |words: &[String]| words.iter().map(|word| format!("{word}%")).collect::<Vec<_>>();
    let (swapped, other) = (patterns(&swapped), patterns(&other));
    // The first two find by index what may begin so.
    let words: Vec<String> = sqlx::query_scalar(
        "SELECT word FROM catalog_words WHERE (word LIKE $1 OR word LIKE $2) \
         AND (word LIKE ANY($3) OR word LIKE ANY($4)) AND word !~ '[^[:alnum:]]' \
         ORDER BY word LIKE ANY($3) DESC, word ~ '[0-9]', length(word), word LIMIT $5",
    )
    .bind(format!("{first}%"))
    .bind(format!("{second}{first}%"))
    .bind(swapped)
    .bind(other)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await?;
    // They become terms of a query, where anything else would mean something.
    Ok(words.into_iter().filter(|word| word.chars().all(char::is_alphanumeric)).collect())
}

/// Whether all that was typed begins words of a name.
fn is_called(name: &str, typed: &[String]) -> bool {
    let own = words(&name.chars().map(slug::plain).collect::<String>());
    typed.iter().all(|typed| own.iter().any(|word| word.starts_with(typed)))
}

/// Products that have all of these, each a `to_tsquery`.
async fn products(
    pool: &PgPool,
    terms: &[String],
    wanted: &Wanted,
    now: OffsetDateTime,
) -> Result<Vec<Suggestion>, sqlx::Error> {
    let mut query = QueryBuilder::new("SELECT ");
    push_columns(&mut query, wanted, &Filter::default());
    query.push("FROM catalog_documents d WHERE d.search @@ to_tsquery('folded', ");
    query.push_bind(terms.join(" & ")).push(") AND ");
    push_current(&mut query, now);
    query.push(" ORDER BY d.in_stock DESC, length(d.name), d.product_id LIMIT ").push_bind(CANDIDATES);
    let rows = query.build().fetch_all(pool).await?;
    rows.iter()
        .map(|row| {
            let Document { id, slug, name, locale, .. } = document(row, wanted)?;
            Ok(Suggestion { id, slug, name, locale })
        })
        .collect()
}
