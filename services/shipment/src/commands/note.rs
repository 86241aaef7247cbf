//! Staff say what happened to a parcel.

use warung_chassis::db::Tx;
use warung_contracts::id::{OrderId, UserId};

use super::{
    Desk, Error,
    advance::one,
    record::{Happened, Held},
    stop,
};
use crate::{
    domain::{Fact, Parcel, Shipment, State, Step, step},
    store::{parcels, shipments},
};

/// What staff say.
#[derive(Debug, Clone)]
pub struct Input {
    pub fact: Fact,
    pub description: Option<String>,
    pub location: Option<String>,
    /// Who of the staff says it.
    pub author: UserId,
}

/// Records it.
///
/// # Errors
///
/// When there is no such parcel, it came to an end that contradicts it, its order is being cancelled, or it has no carrier or tracking number yet.
pub async fn run(tx: &mut Tx, desk: &Desk, order: OrderId, number: u32, input: Input) -> Result<Held, Error> {
    let (shipment, parcel) = lock(tx, order, number).await?;
    if step(parcel.state, input.fact) == Step::Refused {
        return Err(Error::Past(parcel.state));
    }
    // Nothing happens to a parcel that nobody has taken: who has it is told to the customer.
    if parcel.state == State::Created {
        stop::check(tx, order).await?;
        if !desk.carriers.have_numbered(&parcel) {
            return Err(Error::NotBooked);
        }
    }
    let Input { fact, description, location, author } = input;
    let (key, author, at) = (format!("staff {}", tx.new_uuid()), Some(author), tx.now());
    let happened = Happened { parcel: parcel.id, key, fact, description, location, author, at };
    one(tx, desk, shipment.id, vec![happened]).await
}

/// A parcel of an order, held with its shipment.
///
/// # Errors
///
/// When there is none.
pub async fn lock(tx: &mut Tx, order: OrderId, number: u32) -> Result<(Shipment, Parcel), Error> {
    let shipment = shipments::lock(tx.conn(), order).await?.ok_or(Error::NoShipment(order))?;
    let parcels = parcels::of(tx.conn(), &[shipment.id]).await?;
    let parcel = parcels.into_iter().find(|parcel| parcel.number == number);
    Ok((shipment, parcel.ok_or(Error::NoParcel(number))?))
}
