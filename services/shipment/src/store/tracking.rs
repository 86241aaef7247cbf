//! What happened to parcels: append only, each thing once.

use std::collections::HashSet;

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{ParcelId, ShipmentId, UserId};

use crate::domain::State;

/// Keys of what the shop itself does.
pub const PACKED: &str = "packed";
pub const ORDER_CANCELLED: &str = "order cancelled";
/// Key of the arrival of goods that a parcel waited for.
pub const GOODS_CAME: &str = "goods came";
/// Key of the carrier's promise to take a parcel; of a later one how the key begins.
pub const BOOKED: &str = "booked";
/// How the keys of corrected addresses begin.
pub const ADDRESS: &str = "address";

/// Whether a key is one of these, or begins so.
pub fn is_of(key: &str, word: &str) -> bool {
    key.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct Entry {
    pub parcel: ParcelId,
    /// The teller's own name for it.
    pub key: String,
    /// Afterwards.
    pub state: State,
    pub description: String,
    pub location: Option<String>,
    /// Who of the shop did it, where one did.
    pub author: Option<UserId>,
    pub at: OffsetDateTime,
}

/// One thing that happened, as it is read.
#[derive(Debug, Clone, FromRow)]
pub struct Happened {
    /// Number of the parcel within its shipment.
    pub number: i32,
    pub state: String,
    pub description: String,
    pub location: Option<String>,
    pub at: OffsetDateTime,
}

/// Notes what happened, in this order; the caller holds the shipments.
pub async fn insert(conn: &mut PgConnection, entries: &[Entry]) -> Result<(), sqlx::Error> {
    let parcels: Vec<Uuid> = entries.iter().map(|entry| entry.parcel.uuid()).collect();
    let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    let states: Vec<&str> = entries.iter().map(|entry| entry.state.as_str()).collect();
    let descriptions: Vec<&str> = entries.iter().map(|entry| entry.description.as_str()).collect();
    let locations: Vec<Option<&str>> = entries.iter().map(|entry| entry.location.as_deref()).collect();
    let authors: Vec<Option<Uuid>> = entries.iter().map(|entry| entry.author.map(UserId::uuid)).collect();
    let times: Vec<OffsetDateTime> = entries.iter().map(|entry| entry.at).collect();
    sqlx::query(
        "INSERT INTO parcel_events (parcel_id, key, state, description, location, author, at) \
         SELECT parcel_id, key, state, description, location, author, at \
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[]) \
         WITH ORDINALITY AS new (parcel_id, key, state, description, location, author, at, position) ORDER BY position",
    )
    .bind(parcels)
    .bind(keys)
    .bind(states)
    .bind(descriptions)
    .bind(locations)
    .bind(authors)
    .bind(times)
    .execute(conn)
    .await?;
    Ok(())
}

/// Which of these were noted before.
pub async fn known(
    conn: &mut PgConnection,
    keys: &[(ParcelId, &str)],
) -> Result<HashSet<(ParcelId, String)>, sqlx::Error> {
    let (parcels, names): (Vec<Uuid>, Vec<&str>) = keys.iter().map(|(id, key)| (id.uuid(), *key)).unzip();
    let rows: Vec<(Uuid, String)> = sqlx::query_as(
        "SELECT e.parcel_id, e.key FROM parcel_events e \
         JOIN unnest($1::uuid[], $2::text[]) AS asked (parcel_id, key) USING (parcel_id, key)",
    )
    .bind(parcels)
    .bind(names)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(parcel, key)| (ParcelId(parcel), key)).collect())
}

/// Whether a parcel was told as dispatched.
pub async fn was_dispatched(conn: &mut PgConnection, parcel: ParcelId) -> Result<bool, sqlx::Error> {
    let query = "SELECT EXISTS (SELECT FROM parcel_events WHERE parcel_id = $1 AND state = 'dispatched')";
    sqlx::query_scalar(query).bind(parcel.uuid()).fetch_one(conn).await
}

/// What happened to the parcels of a shipment, in the order in which it was heard.
pub async fn list(conn: &mut PgConnection, id: ShipmentId) -> Result<Vec<Happened>, sqlx::Error> {
    sqlx::query_as(
        "SELECT p.number, e.state, e.description, e.location, e.at FROM parcel_events e JOIN parcels p USING (parcel_id) \
         WHERE p.shipment_id = $1 ORDER BY e.position",
    )
    .bind(id.uuid())
    .fetch_all(conn)
    .await
}
