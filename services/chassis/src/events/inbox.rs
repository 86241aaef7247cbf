//! Rows of the inbox: events whose effect is in this database.

use std::collections::HashSet;

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Delivery;

/// Notes that these events are handled in this transaction; returns those that were not handled before. Waits for another
/// transaction that is about to handle one of them.
pub(super) async fn insert<'d>(
    conn: &mut PgConnection,
    deliveries: impl Iterator<Item = &'d Delivery> + Clone,
    now: OffsetDateTime,
) -> Result<HashSet<Uuid>, sqlx::Error> {
    // In the order of ids, so that two replicas with the same events never wait for each other in a circle.
    let new: Vec<Uuid> = sqlx::query_scalar(
        "INSERT INTO inbox (event_id, event_type, handled_at) SELECT event_id, event_type, $3 \
         FROM unnest($1::uuid[], $2::text[]) AS event (event_id, event_type) ORDER BY event_id \
         ON CONFLICT DO NOTHING RETURNING event_id",
    )
    .bind(deliveries.clone().map(|delivery| delivery.id).collect::<Vec<_>>())
    .bind(deliveries.map(|delivery| delivery.event_type.as_str()).collect::<Vec<_>>())
    .bind(now)
    .fetch_all(conn)
    .await?;
    Ok(new.into_iter().collect())
}
