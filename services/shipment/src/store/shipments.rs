//! What orders ship.

use sqlx::{FromRow, PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{
    event::{OrderCancelled, OrderLine, ShippingAddress},
    id::{LocationId, OrderId, ShipmentId, UserId},
};

use crate::domain::{Correction, Parcel, Shipment, State};

/// A row that is packed; what was cancelled before has no address.
const PACKED: &str = "SELECT shipment_id, order_id, order_number, user_id, order_token_hash, shipping_address, \
    address_version, next_address, next_address_version, lines, version, created_at FROM shipments WHERE shipping_address IS NOT NULL";

#[derive(Debug, FromRow)]
struct Row {
    shipment_id: Uuid,
    order_id: Uuid,
    order_number: String,
    user_id: Uuid,
    order_token_hash: Option<String>,
    shipping_address: Json<ShippingAddress>,
    address_version: i64,
    next_address: Option<Json<ShippingAddress>>,
    next_address_version: Option<i64>,
    lines: Json<Vec<OrderLine>>,
    version: i64,
    created_at: OffsetDateTime,
}

impl From<Row> for Shipment {
    fn from(row: Row) -> Self {
        let next = row.next_address.zip(row.next_address_version);
        Self {
            id: ShipmentId(row.shipment_id),
            order_id: OrderId(row.order_id),
            order_number: row.order_number,
            user_id: UserId(row.user_id),
            order_token_hash: row.order_token_hash,
            shipping_address: row.shipping_address.0,
            address_version: row.address_version,
            correction: next.map(|(Json(address), version)| Correction { address, version }),
            lines: row.lines.0,
            version: row.version,
            created_at: row.created_at,
        }
    }
}

/// Writes what an order ships, with its first parcel; says whether it is new: neither packed nor cancelled before.
pub async fn insert(
    conn: &mut PgConnection,
    shipment: &Shipment,
    first: &Parcel,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO shipments (shipment_id, order_id, order_number, user_id, state, carrier, tracking_number, \
         shipping_address, lines, created_at, state_at, order_token_hash, address_version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12) ON CONFLICT (order_id) DO NOTHING",
    )
    .bind(shipment.id.uuid())
    .bind(shipment.order_id.uuid())
    .bind(&shipment.order_number)
    .bind(shipment.user_id.uuid())
    .bind(first.state.as_str())
    .bind(&first.carrier)
    .bind(&first.tracking_number)
    .bind(Json(&shipment.shipping_address))
    .bind(Json(&shipment.lines))
    .bind(shipment.created_at)
    .bind(&shipment.order_token_hash)
    .bind(shipment.address_version)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes that an order ships nothing; says whether it shipped nothing yet.
pub async fn insert_cancelled(
    conn: &mut PgConnection,
    id: ShipmentId,
    order: &OrderCancelled,
    at: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO shipments (shipment_id, order_id, order_number, user_id, state, lines, created_at, state_at) \
         VALUES ($1, $2, $3, $4, 'cancelled', '[]', $5, $5) ON CONFLICT (order_id) DO NOTHING",
    )
    .bind(id.uuid())
    .bind(order.order_id.uuid())
    .bind(&order.number)
    .bind(order.user_id.uuid())
    .bind(at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether anything was heard of what an order ships, or that it ships nothing.
pub async fn is_known(conn: &mut PgConnection, order: OrderId) -> Result<bool, sqlx::Error> {
    let query = "SELECT EXISTS (SELECT FROM shipments WHERE order_id = $1)";
    sqlx::query_scalar(query).bind(order.uuid()).fetch_one(conn).await
}

/// Saves where a shipment goes, and is to go instead; the caller holds it.
pub async fn save_address(conn: &mut PgConnection, shipment: &Shipment) -> Result<(), sqlx::Error> {
    let next = shipment.correction.as_ref();
    sqlx::query(
        "UPDATE shipments SET shipping_address = $2, address_version = $3, next_address = $4, next_address_version = $5 \
         WHERE shipment_id = $1",
    )
    .bind(shipment.id.uuid())
    .bind(Json(&shipment.shipping_address))
    .bind(shipment.address_version)
    .bind(next.map(|next| Json(&next.address)))
    .bind(next.map(|next| next.version))
    .execute(conn)
    .await?;
    Ok(())
}

/// What an order ships, if it does.
pub async fn find(conn: &mut PgConnection, order: OrderId) -> Result<Option<Shipment>, sqlx::Error> {
    one(conn, format!("{PACKED} AND order_id = $1"), order).await
}

/// What an order ships, if it does; nobody else changes it or its parcels until the transaction ends.
pub async fn lock(conn: &mut PgConnection, order: OrderId) -> Result<Option<Shipment>, sqlx::Error> {
    one(conn, format!("{PACKED} AND order_id = $1 FOR UPDATE"), order).await
}

async fn one(
    conn: &mut PgConnection,
    statement: String,
    order: OrderId,
) -> Result<Option<Shipment>, sqlx::Error> {
    let row: Option<Row> =
        sqlx::query_as(sqlx::AssertSqlSafe(statement)).bind(order.uuid()).fetch_optional(conn).await?;
    Ok(row.map(Shipment::from))
}

/// What to do about rows that somebody else holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Busy {
    Wait,
    /// Leave them out: for those who hold many and come again. A consumer's transaction takes rows in the order of its
    /// events, so that two who wait could wait for each other.
    Skip,
}

/// These shipments, locked in the order of their ids.
pub async fn lock_all(
    conn: &mut PgConnection,
    ids: &[ShipmentId],
    busy: Busy,
) -> Result<Vec<Shipment>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let skip = if busy == Busy::Skip { "SKIP LOCKED" } else { "" };
    let statement = format!("{PACKED} AND shipment_id = ANY($1) ORDER BY shipment_id FOR UPDATE {skip}");
    let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(statement)).bind(ids).fetch_all(conn).await?;
    Ok(rows.into_iter().map(Shipment::from).collect())
}

/// Saves how far shipments are, and the versions of what is told of them, all at once.
pub async fn update_states(
    conn: &mut PgConnection,
    states: &[(&Shipment, State)],
    at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = states.iter().map(|(shipment, _)| shipment.id.uuid()).collect();
    let words: Vec<&str> = states.iter().map(|(_, state)| state.as_str()).collect();
    let versions: Vec<i64> = states.iter().map(|(shipment, _)| shipment.version).collect();
    sqlx::query(
        "UPDATE shipments s SET state = new.state, version = new.version, \
         state_at = CASE WHEN s.state = new.state THEN s.state_at ELSE $4 END \
         FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS new (id, state, version) WHERE s.shipment_id = new.id",
    )
    .bind(ids)
    .bind(words)
    .bind(versions)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// A place that packs parcels, as staff name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtPlace {
    Id(LocationId),
    /// As it was called when the parcel was packed.
    Code(String),
}

impl AtPlace {
    /// What of a parcel's place it is.
    fn field(&self) -> (&'static str, String) {
        match self {
            Self::Id(id) => ("id", id.to_string()),
            Self::Code(code) => ("code", code.clone()),
        }
    }
}

/// Shipments before this one, newest first; in this state, or with a parcel of this place alone, where one is given.
pub async fn page(
    conn: &mut PgConnection,
    (state, place): (Option<State>, Option<&AtPlace>),
    before: Option<ShipmentId>,
    limit: i64,
) -> Result<Vec<Shipment>, sqlx::Error> {
    let place = place.map(AtPlace::field);
    let at = place.as_ref().map_or_else(String::new, |(field, _)| {
        format!("AND shipment_id IN (SELECT p.shipment_id FROM parcels p WHERE p.place ->> '{field}' = $4)")
    });
    let statement = format!(
        "{PACKED} AND ($1::text IS NULL OR state = $1) AND ($2::uuid IS NULL OR shipment_id < $2) {at} \
         ORDER BY shipment_id DESC LIMIT $3"
    );
    let query = sqlx::query_as(sqlx::AssertSqlSafe(statement))
        .bind(state.map(State::as_str))
        .bind(before.map(ShipmentId::uuid))
        .bind(limit);
    let query = match place {
        Some((_, value)) => query.bind(value),
        None => query,
    };
    let rows: Vec<Row> = query.fetch_all(conn).await?;
    Ok(rows.into_iter().map(Shipment::from).collect())
}

/// Marks a user and the shipments as to be erased; returns those that have ended.
pub async fn erase_from(
    conn: &mut PgConnection,
    user: UserId,
    at: OffsetDateTime,
) -> Result<Vec<ShipmentId>, sqlx::Error> {
    sqlx::query("INSERT INTO erased_users (user_id, erased_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(user.uuid())
        .bind(at)
        .execute(&mut *conn)
        .await?;
    let rows: Vec<(Uuid, String)> = sqlx::query_as(
        "UPDATE shipments SET erase_from = $2 WHERE user_id = $1 RETURNING shipment_id, state",
    )
    .bind(user.uuid())
    .bind(at)
    .fetch_all(conn)
    .await?;
    let ended = |(id, state): (Uuid, String)| {
        state.parse().ok().filter(|state: &State| state.is_end()).map(|_| ShipmentId(id))
    };
    Ok(rows.into_iter().filter_map(ended).collect())
}

/// Erases the addresses of those of these shipments that are to be erased; country and province stay, for statistics.
pub async fn erase_ended(conn: &mut PgConnection, ids: &[ShipmentId]) -> Result<(), sqlx::Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    sqlx::query(
        "UPDATE shipments SET next_address = NULL, next_address_version = NULL, shipping_address = jsonb_build_object('recipient', '', 'line1', '', 'city', '', \
         'postal_code', '', 'province', shipping_address -> 'province', 'country', shipping_address -> 'country') \
         WHERE shipment_id = ANY($1) AND shipping_address IS NOT NULL \
         AND (erase_from IS NOT NULL OR user_id IN (SELECT user_id FROM erased_users))",
    )
    .bind(&ids)
    .execute(&mut *conn)
    .await?;
    // What carriers wrote may name people.
    sqlx::query(
        "UPDATE parcel_events e SET description = '', location = NULL FROM parcels p, shipments s \
         WHERE e.parcel_id = p.parcel_id AND p.shipment_id = s.shipment_id AND s.shipment_id = ANY($1) \
         AND (s.erase_from IS NOT NULL OR s.user_id IN (SELECT user_id FROM erased_users))",
    )
    .bind(&ids)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "UPDATE bookings b SET reason = '' FROM parcels p, shipments s \
         WHERE b.parcel_id = p.parcel_id AND p.shipment_id = s.shipment_id AND s.shipment_id = ANY($1) \
         AND b.reason IS NOT NULL AND (s.erase_from IS NOT NULL OR s.user_id IN (SELECT user_id FROM erased_users))",
    )
    .bind(&ids)
    .execute(conn)
    .await?;
    Ok(())
}

/// What a user's orders ship, oldest first.
pub async fn of_user(conn: &mut PgConnection, user: UserId) -> Result<Vec<Shipment>, sqlx::Error> {
    let statement = format!("{PACKED} AND user_id = $1 ORDER BY shipment_id");
    let rows: Vec<Row> =
        sqlx::query_as(sqlx::AssertSqlSafe(statement)).bind(user.uuid()).fetch_all(conn).await?;
    Ok(rows.into_iter().map(Shipment::from).collect())
}
