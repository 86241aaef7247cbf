//! What happened to a parcel: append only.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;
use warung_contracts::id::ShipmentId;

use crate::domain::Shipment;

/// One thing that happened.
#[derive(Debug, Clone, FromRow)]
pub struct Entry {
    pub state: String,
    pub description: String,
    pub at: OffsetDateTime,
}

/// Notes that a parcel entered its state; the caller holds the parcel.
pub async fn insert(conn: &mut PgConnection, shipment: &Shipment) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO tracking_events (shipment_id, position, state, description, at) \
         SELECT $1, count(*), $2, $3, $4 FROM tracking_events WHERE shipment_id = $1",
    )
    .bind(shipment.id.uuid())
    .bind(shipment.state.as_str())
    .bind(shipment.state.description())
    .bind(shipment.state_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// What happened to a parcel, oldest first.
pub async fn list(conn: &mut PgConnection, id: ShipmentId) -> Result<Vec<Entry>, sqlx::Error> {
    sqlx::query_as(
        "SELECT state, description, at FROM tracking_events WHERE shipment_id = $1 ORDER BY position",
    )
    .bind(id.uuid())
    .fetch_all(conn)
    .await
}
