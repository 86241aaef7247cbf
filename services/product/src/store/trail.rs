//! Who changed categories, price lists and places of stock.

use sqlx::{PgConnection, PgPool, Row as _, postgres::PgRow, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::unreadable;
use crate::domain::{
    history::Change,
    trail::{EditKind, Subject},
};

/// An edit that is to be kept.
#[derive(Debug, Clone, Copy)]
pub struct New<'a> {
    pub subject: (Subject, Uuid),
    pub kind: EditKind,
    /// A user's id.
    pub actor: &'a str,
    pub changes: &'a [Change],
}

/// Keeps an edit.
pub async fn insert(conn: &mut PgConnection, new: New<'_>, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO catalog_edits (subject, subject_id, kind, actor, changes, edited_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(new.subject.0.as_str())
    .bind(new.subject.1)
    .bind(new.kind.as_str())
    .bind(new.actor)
    .bind(Json(new.changes))
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// An edit that was kept.
#[derive(Debug, Clone)]
pub struct Edit {
    pub number: i64,
    pub subject: Subject,
    pub subject_id: Uuid,
    pub kind: EditKind,
    pub actor: String,
    pub changes: Vec<Change>,
    pub at: OffsetDateTime,
}

/// Edits of all, or of one thing, the newest first, before a number.
pub async fn before(
    pool: &PgPool,
    of: Option<(Subject, Uuid)>,
    number: Option<i64>,
    limit: i64,
) -> Result<Vec<Edit>, sqlx::Error> {
    let (subject, id) = of.unzip();
    let rows = sqlx::query(
        "SELECT * FROM catalog_edits WHERE ($1::text IS NULL OR (subject, subject_id) = ($1, $2)) \
         AND ($3::bigint IS NULL OR edit_id < $3) ORDER BY edit_id DESC LIMIT $4",
    )
    .bind(subject.map(Subject::as_str))
    .bind(id)
    .bind(number)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    rows.iter().map(edit).collect()
}

fn edit(row: &PgRow) -> Result<Edit, sqlx::Error> {
    let (number, subject, kind): (i64, &str, &str) =
        (row.try_get("edit_id")?, row.try_get("subject")?, row.try_get("kind")?);
    let Json(changes) = row.try_get("changes")?;
    Ok(Edit {
        number,
        subject: subject.parse().map_err(|_| unreadable("catalog_edits", number, "subject"))?,
        subject_id: row.try_get("subject_id")?,
        kind: kind.parse().map_err(|_| unreadable("catalog_edits", number, "kind"))?,
        actor: row.try_get("actor")?,
        changes,
        at: row.try_get("edited_at")?,
    })
}
