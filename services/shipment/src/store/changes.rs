//! Who changed rates: append only.

use sqlx::{FromRow, PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_chassis::db::Tx;
use warung_contracts::id::{RateId, UserId};

use crate::domain::rate::Terms;

/// A change that is kept.
#[derive(Debug, FromRow)]
pub struct Change {
    pub change_id: Uuid,
    pub rate_id: Uuid,
    pub author: Uuid,
    pub before: Option<Json<Terms>>,
    pub after: Option<Json<Terms>>,
    pub at: OffsetDateTime,
}

/// Keeps that somebody changed a rate from these terms, if it had any, to those, if it has any.
pub async fn insert(
    tx: &mut Tx,
    author: UserId,
    rate: RateId,
    (before, after): (Option<&Terms>, Option<&Terms>),
) -> Result<(), sqlx::Error> {
    let (change_id, at) = (tx.new_uuid(), tx.now());
    sqlx::query(
        "INSERT INTO changes (change_id, rate_id, author, before, after, at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(change_id)
    .bind(rate.uuid())
    .bind(author.uuid())
    .bind(before.map(Json))
    .bind(after.map(Json))
    .bind(at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Changes of a rate or of all of them, newest first, those before `after`.
pub async fn page(
    conn: &mut PgConnection,
    rate: Option<RateId>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Change>, sqlx::Error> {
    sqlx::query_as(
        "SELECT change_id, rate_id, author, before, after, at FROM changes \
         WHERE ($1::uuid IS NULL OR rate_id = $1) AND ($2::uuid IS NULL OR change_id < $2) \
         ORDER BY change_id DESC LIMIT $3",
    )
    .bind(rate.map(RateId::uuid))
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
}
