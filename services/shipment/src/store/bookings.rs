//! Parcels that carriers are asked to take.

use sqlx::{PgConnection, PgPool, types::Json};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use warung_contracts::{
    event::ShippingAddress,
    id::{ParcelId, ShipmentId},
};

use crate::carriers::{Booked, Booking};

/// A call that is due.
#[derive(Debug, Clone)]
pub struct Due {
    pub parcel: ParcelId,
    pub shipment: ShipmentId,
    /// Under which the carrier is asked: what is answered to one is no answer to another.
    pub key: Uuid,
    /// How often it was begun before.
    pub tries: i32,
    pub call: Call,
}

/// What the carrier is told.
#[derive(Debug, Clone)]
pub enum Call {
    Book(Box<Booking>),
    /// That the parcel with this number stays here.
    CallOff(String),
}

/// How far a booking is, for staff.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Standing {
    pub state: String,
    pub label_url: Option<String>,
    pub reason: Option<String>,
}

/// Writes that a carrier is to be asked.
pub async fn insert(
    conn: &mut PgConnection,
    parcel: ParcelId,
    carrier: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO bookings (parcel_id, carrier, state, due_at) VALUES ($1, $2, 'wanted', $3)")
        .bind(parcel.uuid())
        .bind(carrier)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Claims calls to a carrier that are due, for `lease`; none that would book a parcel that is held. Who corrects an address
/// holds the shipment: a call is made with the address of before and seen to be, or with the new one.
pub async fn claim(
    pool: &PgPool,
    carrier: &str,
    now: OffsetDateTime,
    lease: Duration,
    limit: i64,
) -> Result<Vec<Due>, sqlx::Error> {
    type Row = (Uuid, Uuid, Uuid, i32, String, Option<String>, String, Json<ShippingAddress>, i64);
    let rows: Vec<Row> = sqlx::query_as(
        "WITH due AS (SELECT b.parcel_id, s.shipment_id, s.order_number, s.shipping_address, p.weight_grams \
         FROM bookings b JOIN parcels p USING (parcel_id) JOIN shipments s USING (shipment_id) \
         WHERE b.carrier = $1 AND b.due_at <= $2 \
         AND (b.state <> 'wanted' OR s.order_id NOT IN (SELECT order_id FROM stops)) ORDER BY b.due_at LIMIT $4 \
         FOR UPDATE OF b SKIP LOCKED FOR SHARE OF s SKIP LOCKED) \
         UPDATE bookings b SET due_at = $3, tries = b.tries + 1 FROM due WHERE b.parcel_id = due.parcel_id \
         RETURNING b.parcel_id, due.shipment_id, coalesce(b.key, b.parcel_id), b.tries - 1, b.state, b.tracking_number, \
         due.order_number, due.shipping_address, due.weight_grams",
    )
    .bind(carrier)
    .bind(now)
    .bind(now + lease)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    let due = |(parcel, shipment, key, tries, state, number, order_number, to, grams): Row| {
        let weight_grams = u64::try_from(grams).unwrap_or(0);
        let call = match (state.as_str(), number) {
            ("unwanted", Some(number)) => Call::CallOff(number),
            _ => Call::Book(Box::new(Booking { key, order_number, to: to.0, weight_grams })),
        };
        Due { parcel: ParcelId(parcel), shipment: ShipmentId(shipment), key, tries, call }
    };
    Ok(rows.into_iter().map(due).collect())
}

/// How far the booking of a parcel is; none where its carrier leaves numbers to the shop.
pub async fn find(conn: &mut PgConnection, parcel: ParcelId) -> Result<Option<Standing>, sqlx::Error> {
    sqlx::query_as("SELECT state, label_url, reason FROM bookings WHERE parcel_id = $1")
        .bind(parcel.uuid())
        .fetch_optional(conn)
        .await
}

/// Notes that the carrier takes a parcel; where that is not wanted any more, that it is to be told so. Whether that was asked.
pub async fn booked(
    conn: &mut PgConnection,
    (parcel, key): (ParcelId, Uuid),
    booked: &Booked,
    unwanted_at: Option<OffsetDateTime>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE bookings SET state = CASE WHEN $4::timestamptz IS NULL THEN 'booked' ELSE 'unwanted' END, due_at = $4, \
         tries = 0, tracking_number = $2, label_url = $3 \
         WHERE parcel_id = $1 AND state = 'wanted' AND coalesce(key, parcel_id) = $5",
    )
    .bind(parcel.uuid())
    .bind(&booked.tracking_number)
    .bind(&booked.label_url)
    .bind(unwanted_at)
    .bind(key)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that the carrier does not take a parcel.
pub async fn refused(
    conn: &mut PgConnection,
    (parcel, key): (ParcelId, Uuid),
    reason: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE bookings SET state = 'refused', due_at = NULL, reason = $2, refused_at = $3 \
         WHERE parcel_id = $1 AND state = 'wanted' AND coalesce(key, parcel_id) = $4",
    )
    .bind(parcel.uuid())
    .bind(reason)
    .bind(now)
    .bind(key)
    .execute(conn)
    .await?;
    Ok(())
}

/// How many parcels a carrier does not take, and nobody else has yet.
pub async fn count_refused(pool: &PgPool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*) FROM bookings WHERE state = 'refused'").fetch_one(pool).await
}

/// Notes that the carrier knows that a parcel stays here.
pub async fn released(
    conn: &mut PgConnection,
    (parcel, key): (ParcelId, Uuid),
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE bookings SET state = 'released', due_at = NULL, released_at = $2 \
         WHERE parcel_id = $1 AND state = 'unwanted' AND coalesce(key, parcel_id) = $3",
    )
    .bind(parcel.uuid())
    .bind(now)
    .bind(key)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that the carrier keeps a parcel that it was to let go of: it has fetched it. Says whether that is news.
pub async fn kept(conn: &mut PgConnection, parcel: ParcelId, key: Uuid) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE bookings SET state = 'booked', due_at = NULL, tries = 0 \
         WHERE parcel_id = $1 AND state = 'unwanted' AND coalesce(key, parcel_id) = $2",
    )
    .bind(parcel.uuid())
    .bind(key)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What a parcel's carrier knows of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knows {
    /// Nothing, and it will be asked.
    NotYet,
    /// The parcel, or perhaps.
    It,
    /// That it does not take it.
    Refused,
    /// That it stays, or never anything.
    Released,
}

/// What the carriers of these parcels know, which are named; nothing of a parcel without a booking.
pub async fn known(
    conn: &mut PgConnection,
    parcels: &[ParcelId],
) -> Result<Vec<(ParcelId, String, Knows)>, sqlx::Error> {
    let ids: Vec<Uuid> = parcels.iter().map(|id| id.uuid()).collect();
    let query = "SELECT parcel_id, carrier, state, tries FROM bookings WHERE parcel_id = ANY($1)";
    let rows: Vec<(Uuid, String, String, i32)> = sqlx::query_as(query).bind(ids).fetch_all(conn).await?;
    let known = |(id, carrier, state, tries): (Uuid, String, String, i32)| {
        let knows = match (state.as_str(), tries) {
            ("wanted", 0) => Knows::NotYet,
            ("refused", _) => Knows::Refused,
            ("released", _) => Knows::Released,
            _ => Knows::It,
        };
        (ParcelId(id), carrier, knows)
    };
    Ok(rows.into_iter().map(known).collect())
}

/// Whether the carrier of one of these parcels is told that it stays, or was.
pub async fn are_called_off(conn: &mut PgConnection, parcels: &[ParcelId]) -> Result<bool, sqlx::Error> {
    let ids: Vec<Uuid> = parcels.iter().map(|id| id.uuid()).collect();
    let query = "SELECT EXISTS (SELECT FROM bookings WHERE parcel_id = ANY($1) AND state IN ('unwanted', 'released'))";
    sqlx::query_scalar(query).bind(ids).fetch_one(conn).await
}

/// Writes that a carrier that let go of a parcel is to be asked for it anew, under another key: under that of before it would
/// answer with what it took then.
pub async fn renew(
    conn: &mut PgConnection,
    parcel: ParcelId,
    key: Uuid,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE bookings SET state = 'wanted', key = $2, due_at = $3, tries = 0, tracking_number = NULL, label_url = NULL, \
         reason = NULL, refused_at = NULL, released_at = NULL WHERE parcel_id = $1 AND state = 'released'",
    )
    .bind(parcel.uuid())
    .bind(key)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts off a call that brought no answer.
pub async fn put_off(
    pool: &PgPool,
    (parcel, key): (ParcelId, Uuid),
    due_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let query = "UPDATE bookings SET due_at = $2 WHERE parcel_id = $1 AND due_at IS NOT NULL AND coalesce(key, parcel_id) = $3";
    sqlx::query(query).bind(parcel.uuid()).bind(due_at).bind(key).execute(pool).await?;
    Ok(())
}

/// The parcels don't go with the carrier that was asked. One that it may know of is called off; a call that is under way
/// ends first, and then says so.
pub async fn release(
    conn: &mut PgConnection,
    parcels: &[ParcelId],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = parcels.iter().map(|id| id.uuid()).collect();
    sqlx::query(
        "UPDATE bookings SET state = CASE WHEN state = 'booked' THEN 'unwanted' ELSE 'released' END, \
         due_at = CASE WHEN state = 'booked' THEN $2::timestamptz END, tries = 0 \
         WHERE parcel_id = ANY($1) AND (state IN ('booked', 'refused') OR (state = 'wanted' AND tries = 0))",
    )
    .bind(ids)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}
