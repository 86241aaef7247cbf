//! Staff correct who carries a parcel that has left, and under which number.

use warung_chassis::db::Tx;
use warung_contracts::id::{OrderId, UserId};

use super::{
    Desk, Error,
    dispatch::{Input, taken},
    note::lock,
    record::{Held, changed, hold_one, tell},
};
use crate::{
    domain::{Parcel, State},
    store::{bookings, parcels, tracking},
};

/// Corrects it, and tells it where the customer was told otherwise; what is right already changes nothing. The page of a carrier or number that was wrong goes, unless another is
/// named.
///
/// # Errors
///
/// When there is no such parcel, it has not left or has ended, or another parcel has the tracking number.
pub async fn run(tx: &mut Tx, desk: &Desk, order: OrderId, number: u32, input: Input) -> Result<Held, Error> {
    let (shipment, was) = lock(tx, order, number).await?;
    match was.state {
        State::Created => return Err(Error::NotDispatched),
        state if state.is_end() => return Err(Error::Past(state)),
        _ => {}
    }
    let author = input.author;
    let is = corrected(&was, input);
    if is != was {
        write(tx, desk, (&was, &is), author).await?;
    }
    let mut held = hold_one(tx, shipment.id).await?;
    if is != was {
        changed(tx, desk, &mut held).await?;
    }
    if told(desk, &is) != told(desk, &was) && tracking::was_dispatched(tx.conn(), is.id).await? {
        tell::corrected(tx, desk, &held, &is).await?;
    }
    Ok(held)
}

/// What its customer was told of it when it left.
fn told<'p>(desk: &'p Desk, parcel: &'p Parcel) -> (&'p str, &'p str, Option<String>) {
    let carrier = desk.carriers.title(&parcel.carrier);
    (carrier, &parcel.tracking_number, desk.carriers.tracking_url(parcel))
}

/// The parcel as it should have been handed over.
fn corrected(was: &Parcel, input: Input) -> Parcel {
    let mut is = was.clone();
    is.carrier = input.carrier.unwrap_or(is.carrier);
    is.tracking_number = input.tracking_number.unwrap_or(is.tracking_number);
    if goes_otherwise(was, &is) {
        is.tracking_url = None;
    }
    is.tracking_url = input.tracking_url.or(is.tracking_url);
    is
}

fn goes_otherwise(was: &Parcel, is: &Parcel) -> bool {
    (&was.carrier, &was.tracking_number) != (&is.carrier, &is.tracking_number)
}

async fn write(tx: &mut Tx, desk: &Desk, (was, is): (&Parcel, &Parcel), author: UserId) -> Result<(), Error> {
    let now = tx.now();
    if goes_otherwise(was, is) {
        bookings::release(tx.conn(), &[is.id], now).await?;
    }
    parcels::update_content(tx.conn(), is).await.map_err(taken)?;
    let poll_at = desk.carriers.poll_at(&is.carrier, is.state, now);
    parcels::update_states(tx.conn(), &[(is, poll_at)]).await?;
    let entry = tracking::Entry {
        parcel: is.id,
        key: format!("corrected {}", tx.new_uuid()),
        state: is.state,
        description: words(desk, was, is),
        location: None,
        author: Some(author),
        at: now,
    };
    Ok(tracking::insert(tx.conn(), &[entry]).await?)
}

/// What customers and staff read of it.
fn words(desk: &Desk, was: &Parcel, is: &Parcel) -> String {
    let named =
        |parcel: &Parcel| format!("{} {}", desk.carriers.title(&parcel.carrier), parcel.tracking_number);
    match goes_otherwise(was, is) {
        true => format!("Corrected: the parcel is with {}, not {}.", named(is), named(was)),
        false => "Corrected: the page where the parcel is followed.".to_owned(),
    }
}
