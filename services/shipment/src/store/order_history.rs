//! What happened to an order's parcels, for staff.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::OrderId;

/// Something that happened to a parcel.
#[derive(Debug, Clone, FromRow)]
pub struct Event {
    pub parcel_id: Uuid,
    pub number: i32,
    /// The carrier that has the parcel, or is to have it.
    pub carrier: String,
    pub tracking_number: String,
    /// The carrier that was asked to take it, where one was.
    pub booked_with: Option<String>,
    pub key: String,
    pub state: String,
    pub description: String,
    pub location: Option<String>,
    pub author: Option<Uuid>,
    pub at: OffsetDateTime,
}

/// A parcel that its carrier does not take: it refused, or was told that the parcel stays.
#[derive(Debug, Clone, FromRow)]
pub struct Unbooked {
    pub number: i32,
    pub carrier: String,
    /// Why it refused.
    pub reason: Option<String>,
    pub refused_at: Option<OffsetDateTime>,
    pub released_at: Option<OffsetDateTime>,
}

/// What happened to an order's parcels, in the order in which it was heard; the newest `limit` of it.
pub async fn events(conn: &mut PgConnection, order: OrderId, limit: i64) -> Result<Vec<Event>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM (SELECT e.position, p.parcel_id, p.number, p.carrier, p.tracking_number, b.carrier AS booked_with, \
             e.key, e.state, e.description, e.location, e.author, e.at \
             FROM shipments s JOIN parcels p USING (shipment_id) JOIN parcel_events e USING (parcel_id) \
             LEFT JOIN bookings b USING (parcel_id) \
             WHERE s.order_id = $1 ORDER BY e.position DESC LIMIT $2) newest ORDER BY position",
    )
    .bind(order.uuid())
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// An order's parcels that carriers do not take, by number; the last `limit` of them.
pub async fn unbooked(
    conn: &mut PgConnection,
    order: OrderId,
    limit: i64,
) -> Result<Vec<Unbooked>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM (SELECT p.number, b.carrier, b.reason, b.refused_at, b.released_at \
             FROM shipments s JOIN parcels p USING (shipment_id) JOIN bookings b USING (parcel_id) \
             WHERE s.order_id = $1 AND (b.refused_at IS NOT NULL OR b.released_at IS NOT NULL) \
             ORDER BY p.number DESC LIMIT $2) last ORDER BY number",
    )
    .bind(order.uuid())
    .bind(limit)
    .fetch_all(conn)
    .await
}
