//! A carrier says what happened to parcels.

use std::collections::HashMap;

use warung_chassis::db::Tx;
use warung_contracts::id::ParcelId;

use super::{
    Desk,
    record::{self, Happened},
};
use crate::{
    carriers::Scan,
    store::{parcels, shipments::Busy},
};

/// Records scans of a carrier; says how many are of parcels that are known.
///
/// # Errors
///
/// When the store is away.
pub async fn run(
    tx: &mut Tx,
    desk: &Desk,
    carrier: &str,
    scans: Vec<Scan>,
    busy: Busy,
) -> Result<usize, sqlx::Error> {
    let numbers: Vec<&str> = scans.iter().map(|scan| scan.tracking_number.as_str()).collect();
    let found = parcels::by_tracking_number(tx.conn(), carrier, &numbers).await?;
    let mut shipments: Vec<_> = found.iter().map(|(_, _, shipment)| *shipment).collect();
    shipments.sort_unstable();
    shipments.dedup();
    let ids: HashMap<String, ParcelId> =
        found.into_iter().map(|(number, parcel, _)| (number, parcel)).collect();
    let happened = |scan: Scan| {
        let Scan { tracking_number, key, fact, description, location, at } = scan;
        let (parcel, author) = (*ids.get(&tracking_number)?, None);
        Some(Happened { parcel, key, fact, description, location, author, at })
    };
    let happened: Vec<Happened> = scans.into_iter().filter_map(happened).collect();
    let known = happened.len();
    record::run(tx, desk, &shipments, busy, happened).await?;
    Ok(known)
}
