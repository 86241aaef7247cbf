//! Parcels. Who changes any holds the row of its shipment first: what one says of the others is then true.

use sqlx::{FromRow, PgConnection, PgPool, types::Json};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use warung_contracts::{
    event::Place,
    id::{ParcelId, ShipmentId},
};

use crate::{
    carriers::Asked,
    domain::{Packed, Parcel, State},
};

#[derive(Debug, FromRow)]
struct Row {
    parcel_id: Uuid,
    shipment_id: Uuid,
    number: i32,
    state: String,
    carrier: String,
    tracking_number: String,
    tracking_url: Option<String>,
    items: Json<Vec<Packed>>,
    weight_grams: i64,
    place: Option<Json<Place>>,
    backordered: bool,
    state_at: OffsetDateTime,
}

impl TryFrom<Row> for Parcel {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let id = row.parcel_id;
        Ok(Self {
            id: ParcelId(id),
            shipment_id: ShipmentId(row.shipment_id),
            number: u32::try_from(row.number).map_err(|_| wrong(id, "number"))?,
            state: row.state.parse().map_err(|_| wrong(id, "state"))?,
            carrier: row.carrier,
            tracking_number: row.tracking_number,
            tracking_url: row.tracking_url,
            items: row.items.0,
            weight_grams: u64::try_from(row.weight_grams).map_err(|_| wrong(id, "weight_grams"))?,
            place: row.place.map(|Json(place)| place),
            backordered: row.backordered,
            state_at: row.state_at,
        })
    }
}

fn wrong(id: Uuid, column: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("parcels, row {id}, column {column}").into())
}

fn signed(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Writes a new parcel.
pub async fn insert(
    conn: &mut PgConnection,
    parcel: &Parcel,
    poll_at: Option<OffsetDateTime>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO parcels (parcel_id, shipment_id, number, state, carrier, tracking_number, items, weight_grams, \
         state_at, poll_at, place, backordered) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(parcel.id.uuid())
    .bind(parcel.shipment_id.uuid())
    .bind(signed(parcel.number))
    .bind(parcel.state.as_str())
    .bind(&parcel.carrier)
    .bind(&parcel.tracking_number)
    .bind(Json(&parcel.items))
    .bind(i64::try_from(parcel.weight_grams).unwrap_or(i64::MAX))
    .bind(parcel.state_at)
    .bind(poll_at)
    .bind(parcel.place.as_ref().map(Json))
    .bind(parcel.backordered)
    .execute(conn)
    .await?;
    Ok(())
}

/// The parcels of these shipments, by shipment and number.
pub async fn of(conn: &mut PgConnection, shipments: &[ShipmentId]) -> Result<Vec<Parcel>, sqlx::Error> {
    let ids: Vec<Uuid> = shipments.iter().map(|id| id.uuid()).collect();
    let rows: Vec<Row> =
        sqlx::query_as("SELECT * FROM parcels WHERE shipment_id = ANY($1) ORDER BY shipment_id, number")
            .bind(ids)
            .fetch_all(conn)
            .await?;
    rows.into_iter().map(Parcel::try_from).collect()
}

/// Saves states and when carriers are asked next, all at once.
pub async fn update_states(
    conn: &mut PgConnection,
    parcels: &[(&Parcel, Option<OffsetDateTime>)],
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = parcels.iter().map(|(parcel, _)| parcel.id.uuid()).collect();
    let states: Vec<&str> = parcels.iter().map(|(parcel, _)| parcel.state.as_str()).collect();
    let since: Vec<OffsetDateTime> = parcels.iter().map(|(parcel, _)| parcel.state_at).collect();
    let polls: Vec<Option<OffsetDateTime>> = parcels.iter().map(|(_, poll_at)| *poll_at).collect();
    sqlx::query(
        "UPDATE parcels p SET state = new.state, state_at = new.state_at, poll_at = new.poll_at \
         FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[]) AS new (id, state, state_at, poll_at) \
         WHERE p.parcel_id = new.id",
    )
    .bind(ids)
    .bind(states)
    .bind(since)
    .bind(polls)
    .execute(conn)
    .await?;
    Ok(())
}

/// Saves who carries a parcel, what is inside, and whether that has yet to come.
pub async fn update_content(conn: &mut PgConnection, parcel: &Parcel) -> Result<(), sqlx::Error> {
    let done = sqlx::query(
        "UPDATE parcels SET carrier = $2, tracking_number = $3, items = $4, weight_grams = $5, tracking_url = $6, \
         backordered = $7 \
         WHERE parcel_id = $1",
    )
    .bind(parcel.id.uuid())
    .bind(&parcel.carrier)
    .bind(&parcel.tracking_number)
    .bind(Json(&parcel.items))
    .bind(i64::try_from(parcel.weight_grams).unwrap_or(i64::MAX))
    .bind(&parcel.tracking_url)
    .bind(parcel.backordered)
    .execute(conn)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// Claims parcels of a carrier that are due to be asked about, for `lease`; those that somebody holds are left to them. Of
/// those that are held here the carrier is not asked: it could not have fetched them but by itself, and says so then.
pub async fn claim(
    pool: &PgPool,
    carrier: &str,
    now: OffsetDateTime,
    lease: Duration,
    limit: i64,
) -> Result<Vec<Asked>, sqlx::Error> {
    let rows: Vec<(Uuid, String, String, OffsetDateTime, Option<String>)> = sqlx::query_as(
        "WITH due AS (SELECT parcel_id FROM parcels WHERE carrier = $1 AND poll_at <= $2 AND (state <> 'created' \
         OR shipment_id NOT IN (SELECT s.shipment_id FROM shipments s JOIN stops USING (order_id))) ORDER BY poll_at \
         LIMIT $4 FOR UPDATE SKIP LOCKED) \
         UPDATE parcels p SET poll_at = $3 FROM due, shipments s \
         WHERE p.parcel_id = due.parcel_id AND s.shipment_id = p.shipment_id \
         RETURNING p.parcel_id, p.tracking_number, p.state, p.state_at, s.shipping_address ->> 'postal_code'",
    )
    .bind(carrier)
    .bind(now)
    .bind(now + lease)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    let asked =
        |(id, tracking_number, state, state_at, postal_code): (Uuid, String, String, _, Option<String>)| {
            let state: State = state.parse().map_err(|_| wrong(id, "state"))?;
            Ok(Asked { tracking_number, state, state_at, postal_code: postal_code.unwrap_or_default() })
        };
    rows.into_iter().map(asked).collect()
}

/// Puts off questions that brought no answer, each until its time. A parcel whose carrier is asked no more stays so.
pub async fn put_off(
    pool: &PgPool,
    carrier: &str,
    again: impl Iterator<Item = (&str, OffsetDateTime)>,
) -> Result<(), sqlx::Error> {
    let (numbers, times): (Vec<&str>, Vec<OffsetDateTime>) = again.unzip();
    sqlx::query(
        "UPDATE parcels p SET poll_at = again.at FROM unnest($2::text[], $3::timestamptz[]) AS again (number, at) \
         WHERE p.carrier = $1 AND p.tracking_number = again.number AND p.poll_at IS NOT NULL",
    )
    .bind(carrier)
    .bind(numbers)
    .bind(times)
    .execute(pool)
    .await?;
    Ok(())
}

/// Which parcels these tracking numbers of a carrier are, and whose.
pub async fn by_tracking_number(
    conn: &mut PgConnection,
    carrier: &str,
    numbers: &[&str],
) -> Result<Vec<(String, ParcelId, ShipmentId)>, sqlx::Error> {
    let rows: Vec<(String, Uuid, Uuid)> = sqlx::query_as(
        "SELECT tracking_number, parcel_id, shipment_id FROM parcels WHERE carrier = $1 AND tracking_number = ANY($2)",
    )
    .bind(carrier)
    .bind(numbers)
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(number, parcel, shipment)| (number, ParcelId(parcel), ShipmentId(shipment)))
        .collect())
}
