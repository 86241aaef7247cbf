//! Search: whole words first; where these fill no page, words that begin so or were perhaps meant; where no product has
//! all of those, products that have some.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sqlx::{PgPool, Postgres, QueryBuilder, Row as _, postgres::PgRow};
use time::OffsetDateTime;
use warung_contracts::id::ProductId;

use super::{
    Document, document, fill_available,
    fit::{Way, push_documents},
    list::{Filter, Place, Sort, place, push_after, push_filter, push_order},
    push_columns, push_current,
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

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// What fits best first.
    #[default]
    Relevance,
    Newest,
    PriceAsc,
    PriceDesc,
    Name,
}

impl Order {
    /// The order of lists that it is; none of what only a search has.
    pub fn listed(self) -> Option<Sort> {
        match self {
            Self::Relevance => None,
            Self::Newest => Some(Sort::Newest),
            Self::PriceAsc => Some(Sort::PriceAsc),
            Self::PriceDesc => Some(Sort::PriceDesc),
            Self::Name => Some(Sort::Name),
        }
    }
}

/// How far a search goes from the words as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Exact,
    /// Words that begin so or are alike, too.
    Wide,
    /// Some of all these.
    Some,
}

/// A place among the hits: what a cursor holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// A later page goes on as the first one began.
    pub stage: Stage,
    pub at: At,
}

/// Where a hit stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum At {
    /// By relevance, greater is better: a whole number, so that a cursor names it exactly.
    Score(i64, ProductId),
    Place(Place),
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Found {
    pub hits: Vec<Hit>,
    /// Whether no product has all words, and these have some.
    pub relaxed: bool,
}

/// What to look for.
#[derive(Debug, Clone)]
pub struct Search<'a> {
    pub text: &'a str,
    pub filter: &'a Filter,
    pub order: Order,
    pub wanted: &'a Wanted,
    pub now: OffsetDateTime,
}

/// Whether a text is words alone. With operators (`-word`, quotes, `or`) only what they say may be found: a name that
/// is merely alike could hold the very word that was excluded.
fn is_plain(text: &str) -> bool {
    let operator = |word: &str| word.starts_with('-') || word.eq_ignore_ascii_case("or");
    !text.contains('"') && !text.split_whitespace().any(operator)
}

/// The words of a text as documents hold them: letters without their accents, which PostgreSQL knows for every script. It is
/// not asked about ASCII, where there are none.
pub async fn folded(pool: &PgPool, text: &str) -> Result<Vec<String>, sqlx::Error> {
    if text.is_ascii() {
        return Ok(words(text));
    }
    let text: String = sqlx::query_scalar("SELECT unaccent($1)").bind(text).fetch_one(pool).await?;
    Ok(words(&text))
}

/// The words of a text, in lower case; letters and digits alone, so that they need no quoting.
pub(super) fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.take(WORDS_MAX).map(str::to_owned).collect()
}

/// The first hits after a mark.
pub async fn search(
    pool: &PgPool,
    search: &Search<'_>,
    after: Option<Mark>,
    limit: i64,
) -> Result<Found, sqlx::Error> {
    let mut stage = after.as_ref().map_or(Stage::Exact, |mark| mark.stage);
    let mut terms = Vec::new();
    loop {
        if stage == Stage::Wide || (stage == Stage::Some && terms.is_empty()) {
            terms = widen(pool, search.text).await?;
        }
        let mut hits = run(pool, search, (stage, &terms), after.as_ref(), limit).await?;
        let next = next(stage, search, &terms, hits.len(), limit).filter(|_| after.is_none());
        let Some(next) = next else {
            let found = hits.iter_mut().map(|hit| &mut hit.document);
            fill_available(pool, found, search.filter, search.now).await?;
            return Ok(Found { hits, relaxed: stage == Stage::Some });
        };
        stage = next;
    }
}

/// How to go on when a stage found this many.
fn next(stage: Stage, search: &Search<'_>, terms: &[String], found: usize, limit: i64) -> Option<Stage> {
    // By relevance, what is merely alike comes after all else; in another order it would stand between.
    let enough = match search.order {
        Order::Relevance => i64::try_from(found).unwrap_or(limit) >= limit,
        _ => found > 0,
    };
    match stage {
        Stage::Exact => (!enough && is_plain(search.text)).then_some(Stage::Wide),
        Stage::Wide => (found == 0 && terms.len() > 1).then_some(Stage::Some),
        Stage::Some => None,
    }
}

/// Every word as the beginning of one, or as a word of the catalogue that was perhaps meant: a `to_tsquery` each.
async fn widen(pool: &PgPool, text: &str) -> Result<Vec<String>, sqlx::Error> {
    alike(pool, &folded(pool, text).await?, "").await
}

/// The same for these words; `weights` are where they may stand (PostgreSQL's labels), everywhere when empty.
pub(super) async fn alike(
    pool: &PgPool,
    words: &[String],
    weights: &str,
) -> Result<Vec<String>, sqlx::Error> {
    if words.is_empty() {
        return Ok(vec![]);
    }
    let meant = meant(pool, words).await?;
    let term = |word: &String| {
        let label = if weights.is_empty() { String::new() } else { format!(":{weights}") };
        let others = meant.get(word).into_iter().flatten().map(|other| format!(" | '{other}'{label}"));
        format!("('{word}':*{weights}{})", others.collect::<String>())
    };
    Ok(words.iter().map(term).collect())
}

/// Words of the catalogue that are few changes away from words that are not in it.
pub(super) async fn meant(
    pool: &PgPool,
    words: &[String],
) -> Result<HashMap<String, Vec<String>>, sqlx::Error> {
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
        if spelling::is_meant(&typed, &word) && word.chars().all(char::is_alphanumeric) {
            meant.entry(typed).or_default().push(word);
        }
    }
    Ok(meant)
}

async fn run(
    pool: &PgPool,
    search: &Search<'_>,
    (stage, terms): (Stage, &[String]),
    after: Option<&Mark>,
    limit: i64,
) -> Result<Vec<Hit>, sqlx::Error> {
    // Nothing is a word that could be alike.
    let stage = if terms.is_empty() { Stage::Exact } else { stage };
    let mut query = QueryBuilder::new("");
    match search.order.listed() {
        None => by_score(&mut query, search, stage, terms, after),
        Some(sort) => by_place(&mut query, search, stage, terms, sort, after),
    }
    let rows = query.push_bind(limit).build().fetch_all(pool).await?;
    let at = |row: &PgRow, id| match search.order.listed() {
        None => Ok::<_, sqlx::Error>(At::Score(row.try_get("score")?, id)),
        Some(sort) => place(row, sort).map(At::Place),
    };
    let hit = |row: &PgRow| {
        let document = document(row, search.wanted)?;
        let at = at(row, document.id)?;
        Ok(Hit { document, mark: Mark { stage, at } })
    };
    rows.iter().map(hit).collect()
}

fn by_score(
    query: &mut QueryBuilder<Postgres>,
    search: &Search<'_>,
    stage: Stage,
    terms: &[String],
    after: Option<&Mark>,
) {
    query.push("SELECT d.* FROM (SELECT ");
    push_columns(query, search.wanted, search.filter);
    query.push(", ");
    push_score(query, stage, terms);
    push_matches(query, search, stage, terms);
    query.push(") d");
    if let Some(Mark { at: At::Score(score, id), .. }) = after {
        query.push(" WHERE (d.score, d.product_id) < (").push_bind(*score);
        query.push(", ").push_bind(id.uuid()).push(")");
    }
    query.push(" ORDER BY d.score DESC, d.product_id DESC LIMIT ");
}

fn by_place(
    query: &mut QueryBuilder<Postgres>,
    search: &Search<'_>,
    stage: Stage,
    terms: &[String],
    sort: Sort,
    after: Option<&Mark>,
) {
    query.push("SELECT ");
    push_columns(query, search.wanted, search.filter);
    push_matches(query, search, stage, terms);
    if let Some(Mark { at: At::Place(place), .. }) = after {
        push_after(query, place, search.filter);
    }
    push_order(query, sort, search.filter);
}

/// How well a document fits: one that has more of the words comes before one that has fewer, one that has them as they are
/// before one that has words alike.
fn push_score(query: &mut QueryBuilder<Postgres>, stage: Stage, terms: &[String]) {
    query.push("(1000000 * ts_rank(d.search, q.both))::bigint + CASE WHEN d.search @@ q.exact THEN 2000000 ELSE 0 END");
    for term in terms.iter().filter(|_| stage == Stage::Some) {
        query.push(" + CASE WHEN d.search @@ to_tsquery('folded', ").push_bind(term.clone());
        query.push(") THEN 2000000 ELSE 0 END");
    }
    query.push(" AS score ");
}

/// From where, and which.
fn push_matches(query: &mut QueryBuilder<Postgres>, search: &Search<'_>, stage: Stage, terms: &[String]) {
    let (both, joint) = match stage {
        Stage::Exact => ("exact", ""),
        Stage::Wide => ("exact || wide", " & "),
        Stage::Some => ("exact || wide", " | "),
    };
    query.push("FROM ");
    push_documents(query, search.filter, Way::OfEach);
    query.push(" CROSS JOIN (SELECT exact, ").push(both);
    query
        .push(" AS both FROM websearch_to_tsquery('folded', ")
        .push_bind(search.text.to_owned())
        .push(") exact");
    if stage != Stage::Exact {
        query.push(", to_tsquery('folded', ").push_bind(terms.join(joint)).push(") wide");
    }
    query.push(") q WHERE d.search @@ q.both AND ");
    push_current(query, search.now);
    push_filter(query, search.filter, Way::OfEach);
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
