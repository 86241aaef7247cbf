//! Staff hand a parcel to a carrier.

use warung_chassis::db::Tx;
use warung_contracts::id::{OrderId, UserId};

use super::{
    Desk, Error,
    advance::one,
    note::lock,
    record::{Happened, Held, changed, hold_one},
    stop,
};
use crate::{
    domain::{Fact, Parcel, State},
    store::{bookings, parcels, tracking},
};

/// Who carries a parcel, and under which number; what is left out stays as it was.
#[derive(Debug, Clone)]
pub struct Input {
    pub carrier: Option<String>,
    pub tracking_number: Option<String>,
    /// Where customers follow it.
    pub tracking_url: Option<String>,
    /// Who of the staff does it.
    pub author: UserId,
}

/// Dispatches a parcel that waits. Where it waits for goods and its carrier gives numbers itself, the goods have come by this:
/// the carrier is asked to take it, and it is dispatched once it has a number. Customers follow it at its carrier's page where
/// no other is named.
///
/// # Errors
///
/// When there is none, it has left, its order is being cancelled, another parcel has the tracking number, or it has no carrier or number yet.
pub async fn run(tx: &mut Tx, desk: &Desk, order: OrderId, number: u32, input: Input) -> Result<Held, Error> {
    let (shipment, mut parcel) = lock(tx, order, number).await?;
    if parcel.state != State::Created {
        return Err(Error::Past(parcel.state));
    }
    stop::check(tx, order).await?;
    let booked_by = parcel.carrier.clone();
    let as_booked =
        input.carrier.as_ref().is_none_or(|carrier| *carrier == booked_by) && input.tracking_number.is_none();
    let asked = desk.carriers.get(&parcel.carrier).is_some();
    if as_booked && asked && parcel.is_unbooked() && parcel.awaits_goods() {
        return goods_came(tx, desk, parcel, input.author).await;
    }
    // A number is its carrier's own: another needs another, and so does one that is switched off.
    let numbered = desk.carriers.have_numbered(&parcel)
        && input.carrier.as_ref().is_none_or(|carrier| *carrier == parcel.carrier);
    let named = input.carrier.is_some() || asked;
    if !(numbered || named && input.tracking_number.is_some()) {
        return Err(Error::NotBooked);
    }
    let as_numbered = input.tracking_number.is_none();
    if as_numbered && bookings::are_called_off(tx.conn(), &[parcel.id]).await? {
        return Err(Error::Rebooked);
    }
    parcel.carrier = input.carrier.unwrap_or(parcel.carrier);
    parcel.tracking_number = input.tracking_number.unwrap_or(parcel.tracking_number);
    parcel.tracking_url = input.tracking_url.or(parcel.tracking_url);
    if !as_booked {
        let now = tx.now();
        bookings::release(tx.conn(), &[parcel.id], now).await?;
    }
    parcels::update_content(tx.conn(), &parcel).await.map_err(taken)?;
    let (fact, at) = (Fact::PickedUp, tx.now());
    let (key, description, author) = ("dispatched by staff".to_owned(), None, Some(input.author));
    let happened = Happened { parcel: parcel.id, key, fact, description, location: None, author, at };
    one(tx, desk, shipment.id, vec![happened]).await
}

/// A parcel's goods are there: its carrier is asked to take it.
async fn goods_came(tx: &mut Tx, desk: &Desk, mut parcel: Parcel, author: UserId) -> Result<Held, Error> {
    parcel.backordered = false;
    parcels::update_content(tx.conn(), &parcel).await?;
    let at = tx.now();
    bookings::insert(tx.conn(), parcel.id, &parcel.carrier, at).await?;
    let entry = tracking::Entry {
        parcel: parcel.id,
        key: tracking::GOODS_CAME.into(),
        state: parcel.state,
        description: parcel.description().into(),
        location: None,
        author: Some(author),
        at,
    };
    tracking::insert(tx.conn(), &[entry]).await?;
    let mut held = hold_one(tx, parcel.shipment_id).await?;
    changed(tx, desk, &mut held).await?;
    Ok(held)
}

/// Another parcel has the number, or the store is away.
pub fn taken(error: sqlx::Error) -> Error {
    let of_number =
        |db: &dyn sqlx::error::DatabaseError| db.constraint() == Some("parcels_tracking_number_unique");
    match error.as_database_error().is_some_and(of_number) {
        true => Error::NumberTaken,
        false => Error::Store(error),
    }
}
