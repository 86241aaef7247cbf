//! Where the books and a provider disagree.

use sqlx::{FromRow, PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{PaymentId, UserId};

use crate::domain::difference::{CALL_UNANSWERED, Difference};

/// A difference that was found.
#[derive(Debug, Clone, FromRow)]
pub struct Discrepancy {
    pub discrepancy_id: Uuid,
    pub payment_id: Uuid,
    pub order_id: Uuid,
    pub provider: String,
    pub kind: String,
    pub detail: String,
    pub found_at: OffsetDateTime,
    pub seen_at: OffsetDateTime,
    pub resolved_at: Option<OffsetDateTime>,
    pub resolved_by: Option<Uuid>,
    pub note: Option<String>,
}

/// Notes a difference; says whether it is new.
pub async fn note(
    conn: &mut PgConnection,
    id: Uuid,
    payment: PaymentId,
    difference: &Difference,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO discrepancies (discrepancy_id, payment_id, kind, detail, found_at, seen_at) \
         VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (payment_id, kind) WHERE resolved_at IS NULL \
         DO UPDATE SET detail = $4, seen_at = $5 RETURNING discrepancy_id = $1",
    )
    .bind(id)
    .bind(payment.uuid())
    .bind(&difference.kind)
    .bind(&difference.detail)
    .bind(now)
    .fetch_one(conn)
    .await
}

/// Ends what is open of a payment and of these kinds, but for those that are still there.
pub async fn gone(
    conn: &mut PgConnection,
    payment: PaymentId,
    kinds: &[&str],
    still: &[String],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE discrepancies SET resolved_at = $4, note = 'gone by itself' \
         WHERE payment_id = $1 AND resolved_at IS NULL AND kind = ANY($2) AND kind <> ALL($3)",
    )
    .bind(payment.uuid())
    .bind(kinds)
    .bind(still)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// A call of a payment was answered: where no other has failed and waits, none is unanswered any more.
pub async fn answered(
    conn: &mut PgConnection,
    payment: PaymentId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE discrepancies SET resolved_at = $3, note = 'gone by itself' \
         WHERE payment_id = $1 AND kind = $2 AND resolved_at IS NULL AND NOT EXISTS (SELECT FROM attempts a \
           WHERE a.payment_id = $1 AND a.state = 'started' AND a.answer IS DISTINCT FROM 'pending' AND a.answer IS NOT NULL)",
    )
    .bind(payment.uuid())
    .bind(CALL_UNANSWERED)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends what is open of a payment and of a kind, by what a person decided.
pub async fn decided(
    conn: &mut PgConnection,
    payment: PaymentId,
    kind: &str,
    (by, note): (UserId, &str),
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE discrepancies SET resolved_at = $5, resolved_by = $3, note = kept_words(payment_id, $4) \
         WHERE payment_id = $1 AND resolved_at IS NULL AND kind = $2",
    )
    .bind(payment.uuid())
    .bind(kind)
    .bind(by.uuid())
    .bind(note)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// A person says that it is put right; says whether it was open.
pub async fn resolve(
    conn: &mut PgConnection,
    id: Uuid,
    by: Uuid,
    note: &str,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE discrepancies SET resolved_at = $4, resolved_by = $2, note = kept_words(payment_id, $3) \
         WHERE discrepancy_id = $1 AND resolved_at IS NULL",
    )
    .bind(id)
    .bind(by)
    .bind(note)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// One of them, if it is there.
pub async fn find(conn: &mut PgConnection, id: Uuid) -> Result<Option<Discrepancy>, sqlx::Error> {
    sqlx::query_as(
        "SELECT d.*, p.order_id, p.provider FROM discrepancies d JOIN payments p USING (payment_id) \
         WHERE discrepancy_id = $1",
    )
    .bind(id)
    .fetch_optional(conn)
    .await
}

/// Newest first, after a position.
pub async fn list(
    conn: &mut PgConnection,
    open_only: bool,
    after: Option<(OffsetDateTime, Uuid)>,
    limit: i64,
) -> Result<Vec<Discrepancy>, sqlx::Error> {
    let (at, id) = after.unzip();
    sqlx::query_as(
        "SELECT d.*, p.order_id, p.provider FROM discrepancies d JOIN payments p USING (payment_id) \
         WHERE (NOT $1 OR d.resolved_at IS NULL) AND ($2::timestamptz IS NULL OR (d.found_at, d.discrepancy_id) < ($2, $3)) \
         ORDER BY d.found_at DESC, d.discrepancy_id DESC LIMIT $4",
    )
    .bind(open_only)
    .bind(at)
    .bind(id)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// How many are open of each of these providers, and of others that have any.
pub async fn open(pool: &PgPool, providers: &[&str]) -> Result<Vec<(String, i64)>, sqlx::Error> {
    sqlx::query_as(
        "WITH open AS (SELECT provider, count(*) AS open FROM discrepancies JOIN payments USING (payment_id) \
           WHERE resolved_at IS NULL GROUP BY provider) \
         SELECT provider, coalesce(open, 0) FROM open FULL JOIN unnest($1::text[]) AS known (provider) USING (provider)",
    )
    .bind(providers)
    .fetch_all(pool)
    .await
}
