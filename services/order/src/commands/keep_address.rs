//! Shipment hears of a corrected address when a parcel has left.

use warung_chassis::db::Tx;
use warung_contracts::event::ShipmentAddressKept;

use super::{refund::Error, returns};
use crate::{
    domain::Actor,
    store::{addresses, erase, orders, timeline::Kind},
};

/// The order goes where its parcels go. Of somebody who is erased, no address comes back.
///
/// # Errors
///
/// When the order is not known yet, or the store is away.
pub async fn run(tx: &mut Tx, event: ShipmentAddressKept) -> Result<(), Error> {
    let ShipmentAddressKept { order_id, version, shipping_address, .. } = event;
    let mut order = orders::lock(tx.conn(), order_id).await?.ok_or(Error::Unknown(order_id))?;
    let erased = order.state.is_terminal() && erase::is_gone(tx.conn(), order.user_id).await?;
    if !erased && order.keep_address(version, shipping_address) {
        order.updated_at = tx.now();
        addresses::save(tx.conn(), &order).await?;
    }
    let text = "a parcel had left when the corrected address came: the parcels go to the one of before";
    Ok(returns::note(tx, order_id, (Kind::Address, Actor::Shipment, None), text).await?)
}
