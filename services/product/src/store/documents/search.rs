//! Search: whole words first; where these fill no page, words that begin so or were perhaps meant.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sqlx::{PgPool, QueryBuilder, Row as _, postgres::PgRow};
use time::OffsetDateTime;
use warung_contracts::id::ProductId;

use super::{
    Document, document, fill_available, list::Filter, list::push_filter, push_columns, push_current,
};
use crate::domain::{locale::Wanted, spelling};

/// Words of a search that are looked at.
const WORDS_MAX: usize = 10;
/// Words that a wrong one may have meant: those nearest by their letters, of which the spelling decides.
const CANDIDATES: i64 = 12;

/// A product that was searched for, and how well it fits.
#[derive(Debug, Clone)]
pub struct Hit {
    pub document: Document,
    pub mark: Mark,
}

/// A place among the hits: what a cursor holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Whether words that begin so or are alike were searched for too.
    pub wide: bool,
    /// Greater is better. A whole number, so that a cursor names it exactly.
    pub score: i64,
    pub product_id: ProductId,
}

/// What to look for.
#[derive(Debug, Clone)]
pub struct Search<'a> {
    pub text: &'a str,
    pub filter: &'a Filter,
    pub wanted: &'a Wanted,
    pub now: OffsetDateTime,
}

/// Whether a text is words alone. With operators (`-word`, quotes, `or`) only what they say may be found: a name that
/// is merely alike could hold the very word that was excluded.
fn is_plain(text: &str) -> bool {
    let operator = |word: &str| word.starts_with('-') || word.eq_ignore_ascii_case("or");
    !text.contains('"') && !text.split_whitespace().any(operator)
}

/// The words of a text, in lower case; letters and digits alone, so that they need no quoting.
pub fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.take(WORDS_MAX).map(str::to_owned).collect()
}

/// The best hits after a mark.
pub async fn search(
    pool: &PgPool,
    search: &Search<'_>,
    after: Option<Mark>,
    limit: i64,
) -> Result<Vec<Hit>, sqlx::Error> {
    let plain = is_plain(search.text);
    if !after.is_some_and(|mark| mark.wide) {
        let mut hits = run(pool, search, None, after, limit).await?;
        let full = i64::try_from(hits.len()).unwrap_or(limit) >= limit;
        // A later page goes on as the first one began.
        if full || after.is_some() || !plain {
            fill_available(pool, hits.iter_mut().map(|hit| &mut hit.document)).await?;
            return Ok(hits);
        }
    }
    let wide = widen(pool, search.text).await?;
    let mut hits = run(pool, search, wide.as_deref(), after, limit).await?;
    fill_available(pool, hits.iter_mut().map(|hit| &mut hit.document)).await?;
    Ok(hits)
}

/// Every word as the beginning of one, or as a word of the catalogue that was perhaps meant: a `to_tsquery`. None when
/// the text has no word.
pub(super) async fn widen(pool: &PgPool, text: &str) -> Result<Option<String>, sqlx::Error> {
    let words = words(text);
    if words.is_empty() {
        return Ok(None);
    }
    let meant = meant(pool, &words).await?;
    let all: Vec<String> = words
        .iter()
        .map(|word| {
            let others = meant.get(word).into_iter().flatten().map(|other| format!(" | '{other}'"));
            format!("('{word}':*{})", others.collect::<String>())
        })
        .collect();
    Ok(Some(all.join(" & ")))
}

/// Words of the catalogue that are few changes away from words that are not in it.
async fn meant(pool: &PgPool, words: &[String]) -> Result<HashMap<String, Vec<String>>, sqlx::Error> {
    let long: Vec<&str> =
        words.iter().map(String::as_str).filter(|word| spelling::allowed(word) > 0).collect();
    let rows = sqlx::query(
        "SELECT q.word AS typed, c.word FROM unnest($1::text[]) AS q (word) CROSS JOIN LATERAL ( \
         SELECT w.word FROM catalog_words w ORDER BY w.word <-> q.word LIMIT $2) c \
         WHERE q.word <> ALL (ARRAY(SELECT known.word FROM catalog_words known WHERE known.word = ANY($1)))",
    )
    .bind(long)
    .bind(CANDIDATES)
    .fetch_all(pool)
    .await?;
    let mut meant: HashMap<String, Vec<String>> = HashMap::new();
    for row in rows {
        let (typed, word): (String, String) = (row.try_get("typed")?, row.try_get("word")?);
        let near = spelling::distance(&typed, &word) <= spelling::allowed(&typed);
        if near && word.chars().all(char::is_alphanumeric) {
            meant.entry(typed).or_default().push(word);
        }
    }
    Ok(meant)
}

async fn run(
    pool: &PgPool,
    search: &Search<'_>,
    wide: Option<&str>,
    after: Option<Mark>,
    limit: i64,
) -> Result<Vec<Hit>, sqlx::Error> {
    let mut query = QueryBuilder::new("SELECT d.* FROM (SELECT ");
    push_columns(&mut query, search.wanted);
    // A hit by the words as they are comes before one by words that are alike.
    query.push(", (1000000 * ts_rank(d.search, q.both))::bigint + CASE WHEN d.search @@ q.exact THEN 2000000 ELSE 0 END AS score ");
    query.push("FROM catalog_documents d, (SELECT exact, ");
    query.push(if wide.is_some() { "exact || wide" } else { "exact" });
    query.push(" AS both FROM websearch_to_tsquery('simple', ").push_bind(search.text).push(") exact");
    if let Some(wide) = wide {
        query.push(", to_tsquery('simple', ").push_bind(wide.to_owned()).push(") wide");
    }
    query.push(") q WHERE d.search @@ q.both AND ");
    push_current(&mut query, search.now);
    push_filter(&mut query, search.filter);
    query.push(") d");
    if let Some(mark) = after {
        query.push(" WHERE (d.score, d.product_id) < (").push_bind(mark.score);
        query.push(", ").push_bind(mark.product_id.uuid()).push(")");
    }
    query.push(" ORDER BY d.score DESC, d.product_id DESC LIMIT ").push_bind(limit);
    let rows = query.build().fetch_all(pool).await?;
    let hit = |row: &PgRow| {
        let document = document(row, search.wanted)?;
        let mark = Mark { wide: wide.is_some(), score: row.try_get("score")?, product_id: document.id };
        Ok(Hit { document, mark })
    };
    rows.iter().map(hit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_need_no_quoting() {
        assert_eq!(words("Kopi-Gayo, 250g | 'x' & :*"), ["kopi", "gayo", "250g", "x"]);
        assert!(words(" \"%_\\ ").is_empty());
    }

    #[test]
    fn operators_are_taken_at_their_word() {
        assert!(is_plain("kopi gayo"));
        for text in ["kopi -gayo", "\"kopi gayo\"", "kopi OR teh"] {
            assert!(!is_plain(text), "{text}");
        }
    }
}
