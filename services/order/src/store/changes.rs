//! Who changed what prices are made of, and had which guests erased: append only.

use serde::Serialize;
use serde_json::Value;
use sqlx::{FromRow, PgPool, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_chassis::db::Tx;
use warung_contracts::id::UserId;

/// What is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Coupon,
    TaxRate,
    /// Of an order.
    Guest,
}

warung_contracts::words!(
    Subject,
    "subject of a change",
    Coupon = "coupon",
    TaxRate = "tax_rate",
    Guest = "guest"
);

/// A change that is kept.
#[derive(Debug, FromRow)]
pub struct Change {
    pub change_id: Uuid,
    pub subject: String,
    pub subject_id: Uuid,
    pub author: Uuid,
    pub before: Option<Json<Value>>,
    pub after: Option<Json<Value>>,
    pub at: OffsetDateTime,
}

/// Keeps that somebody changed something from what it was, if it was, to what it is, if it is.
pub async fn insert(
    tx: &mut Tx,
    author: UserId,
    (subject, id): (Subject, Uuid),
    (before, after): (Option<impl Serialize>, Option<impl Serialize>),
) -> Result<(), sqlx::Error> {
    let (change_id, at) = (tx.new_uuid(), tx.now());
    sqlx::query(
        "INSERT INTO changes (change_id, subject, subject_id, author, before, after, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(change_id)
    .bind(subject.as_str())
    .bind(id)
    .bind(author.uuid())
    .bind(before.map(json).transpose()?)
    .bind(after.map(json).transpose()?)
    .bind(at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

fn json(value: impl Serialize) -> Result<Json<Value>, sqlx::Error> {
    serde_json::to_value(value).map(Json).map_err(|error| sqlx::Error::Encode(error.into()))
}

/// Changes of one kind of thing, or of one thing, or all of them, newest first, those before `after`.
pub async fn list(
    pool: &PgPool,
    (subject, id): (Option<Subject>, Option<Uuid>),
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Change>, sqlx::Error> {
    sqlx::query_as(
        "SELECT change_id, subject, subject_id, author, before, after, at FROM changes \
         WHERE ($1::text IS NULL OR subject = $1) AND ($2::uuid IS NULL OR subject_id = $2) \
         AND ($3::uuid IS NULL OR change_id < $3) ORDER BY change_id DESC LIMIT $4",
    )
    .bind(subject.map(Subject::as_str))
    .bind(id)
    .bind(after)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await
}
