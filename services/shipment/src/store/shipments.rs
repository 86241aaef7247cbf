//! Parcels.

use sqlx::{FromRow, PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{
    event::{OrderLine, ShippingAddress},
    id::{OrderId, ShipmentId, UserId},
};

use crate::domain::Shipment;

#[derive(Debug, FromRow)]
struct Row {
    shipment_id: Uuid,
    order_id: Uuid,
    order_number: String,
    user_id: Uuid,
    state: String,
    carrier: String,
    tracking_number: String,
    shipping_address: Json<ShippingAddress>,
    lines: Json<Vec<OrderLine>>,
    created_at: OffsetDateTime,
    state_at: OffsetDateTime,
}

impl TryFrom<Row> for Shipment {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let wrong = |why| {
            sqlx::Error::Decode(format!("shipments, row {}, column state: {why}", row.shipment_id).into())
        };
        Ok(Self {
            id: ShipmentId(row.shipment_id),
            order_id: OrderId(row.order_id),
            order_number: row.order_number,
            user_id: UserId(row.user_id),
            state: row.state.parse().map_err(wrong)?,
            carrier: row.carrier,
            tracking_number: row.tracking_number,
            shipping_address: row.shipping_address.0,
            lines: row.lines.0,
            created_at: row.created_at,
            state_at: row.state_at,
        })
    }
}

/// Writes a new parcel; says whether its order had none.
pub async fn insert(conn: &mut PgConnection, shipment: &Shipment) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO shipments (shipment_id, order_id, order_number, user_id, state, carrier, tracking_number, \
         shipping_address, lines, created_at, state_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         ON CONFLICT (order_id) DO NOTHING",
    )
    .bind(shipment.id.uuid())
    .bind(shipment.order_id.uuid())
    .bind(&shipment.order_number)
    .bind(shipment.user_id.uuid())
    .bind(shipment.state.as_str())
    .bind(&shipment.carrier)
    .bind(&shipment.tracking_number)
    .bind(Json(&shipment.shipping_address))
    .bind(Json(&shipment.lines))
    .bind(shipment.created_at)
    .bind(shipment.state_at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The parcel of an order, if there is one.
pub async fn find(conn: &mut PgConnection, order: OrderId) -> Result<Option<Shipment>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as("SELECT * FROM shipments WHERE order_id = $1")
        .bind(order.uuid())
        .fetch_optional(conn)
        .await?;
    row.map(Shipment::try_from).transpose()
}

/// The parcel of an order, if there is one; nobody else changes it until the transaction ends.
pub async fn lock(conn: &mut PgConnection, order: OrderId) -> Result<Option<Shipment>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as("SELECT * FROM shipments WHERE order_id = $1 FOR UPDATE")
        .bind(order.uuid())
        .fetch_optional(conn)
        .await?;
    row.map(Shipment::try_from).transpose()
}

/// The parcel that waits longest in its state, since `before` or earlier, locked; those that somebody holds are left to
/// them.
pub async fn lock_waiting(
    conn: &mut PgConnection,
    before: OffsetDateTime,
) -> Result<Option<Shipment>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT * FROM shipments WHERE state IN ('created', 'dispatched') AND state_at <= $1 \
         ORDER BY state_at LIMIT 1 FOR UPDATE SKIP LOCKED",
    )
    .bind(before)
    .fetch_optional(conn)
    .await?;
    row.map(Shipment::try_from).transpose()
}

/// Saves the state of a parcel.
pub async fn update(conn: &mut PgConnection, shipment: &Shipment) -> Result<(), sqlx::Error> {
    let done = sqlx::query("UPDATE shipments SET state = $2, state_at = $3 WHERE shipment_id = $1")
        .bind(shipment.id.uuid())
        .bind(shipment.state.as_str())
        .bind(shipment.state_at)
        .execute(conn)
        .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}
