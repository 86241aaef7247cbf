//! Table `audit_log`: appended to, never changed.

use sqlx::{FromRow, PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::UserId;

use crate::domain::audit::{Action, Outcome};

/// What is written.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// Who; none when nobody is known.
    pub actor: Option<UserId>,
    /// Whose account.
    pub subject: Option<UserId>,
    pub action: Action,
    pub outcome: Outcome,
    /// The address it came from.
    pub source: Option<&'a str>,
    /// A word more. Nothing secret, nothing that people wrote: it stays for good.
    pub detail: Option<&'a str>,
}

/// Appends an entry.
pub async fn append(
    conn: &mut PgConnection,
    entry: Entry<'_>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let Entry { actor, subject, action, outcome, source, detail } = entry;
    sqlx::query(
        "INSERT INTO audit_log (at, actor_id, subject_id, action, outcome, source, detail) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(now)
    .bind(actor.map(UserId::uuid))
    .bind(subject.map(UserId::uuid))
    .bind(action.name())
    .bind(outcome.name())
    .bind(source)
    .bind(detail)
    .execute(conn)
    .await?;
    Ok(())
}

/// An entry as it is read.
#[derive(Debug, Clone, FromRow)]
pub struct Row {
    pub entry_id: i64,
    pub at: OffsetDateTime,
    pub actor_id: Option<Uuid>,
    pub subject_id: Option<Uuid>,
    pub action: String,
    pub outcome: String,
    pub source: Option<String>,
    pub detail: Option<String>,
}

/// Which entries; a field left out fits any.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub actor: Option<UserId>,
    pub subject: Option<UserId>,
    pub action: Option<String>,
}

/// Entries before this one, newest first.
pub async fn page(
    pool: &PgPool,
    filter: &Filter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as(
        "SELECT entry_id, at, actor_id, subject_id, action, outcome, source, detail FROM audit_log \
         WHERE ($1::uuid IS NULL OR actor_id = $1) AND ($2::uuid IS NULL OR subject_id = $2) \
         AND ($3::text IS NULL OR action = $3) AND ($4::bigint IS NULL OR entry_id < $4) \
         ORDER BY entry_id DESC LIMIT $5",
    )
    .bind(filter.actor.map(UserId::uuid))
    .bind(filter.subject.map(UserId::uuid))
    .bind(&filter.action)
    .bind(before)
    .bind(limit)
    .fetch_all(pool)
    .await
}

/// Erases what is personal in the entries of an account: from where they came, and what a device was called, which the
/// version before wrote. Its owner's right.
pub async fn erase_of(conn: &mut PgConnection, user_id: UserId) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE audit_log SET source = NULL, \
         detail = CASE WHEN action IN ('log_in', 'second_factor') THEN NULL ELSE detail END \
         WHERE actor_id = $1 OR subject_id = $1",
    )
    .bind(user_id.uuid())
    .execute(conn)
    .await?;
    Ok(())
}

/// Erases from where entries before this time came, at most this many; returns how many.
pub async fn erase_sources(pool: &PgPool, before: OffsetDateTime, limit: i64) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE audit_log SET source = NULL WHERE entry_id IN \
         (SELECT entry_id FROM audit_log WHERE source IS NOT NULL AND at < $1 LIMIT $2)",
    )
    .bind(before)
    .bind(limit)
    .execute(pool)
    .await?;
    Ok(done.rows_affected())
}
