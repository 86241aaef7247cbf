//! Puts on the shelf what customers sent back.

use warung_chassis::db::Tx;
use warung_contracts::{event::ItemsReturned, id::ProductId};

use super::{book::book, follow_order};
use crate::{
    domain::{
        movement::{Kind, Parts, Wants, move_all},
        reservation::State,
    },
    store::{
        reservations,
        stock::{self, Cause},
    },
};

/// Puts it there, once for each return; returns the products of which stock moved. Never more comes back than was sold,
/// and it goes back to where it came from.
///
/// # Errors
///
/// As [`follow_order::Error`] says.
pub async fn run(tx: &mut Tx, event: &ItemsReturned) -> Result<Vec<ProductId>, follow_order::Error> {
    let order_id = event.order_id;
    reservations::lock(tx.conn(), [order_id]).await?;
    let standing =
        reservations::standings(tx.conn(), [order_id]).await?.remove(&order_id).unwrap_or_default();
    match standing.state {
        Some(State::Committed) => {}
        None | Some(State::Held | State::Expired) => return Err(follow_order::Error::NotPlacedYet(order_id)),
        // Cancelled: everything came back with that.
        Some(State::Rejected | State::Released) => return Ok(vec![]),
    }
    let now = tx.now();
    if !reservations::begin_restock(tx.conn(), event.return_id, order_id, now).await? {
        return Ok(vec![]);
    }
    let parts = back(&wants(event), &standing.parts);
    if parts.is_empty() {
        return Ok(vec![]);
    }
    let shelves = stock::lock(tx.conn(), parts.keys().map(|(variant, _)| *variant)).await?;
    let movements = move_all(Kind::Restocked, &parts, &shelves)
        .map_err(|_| follow_order::Error::Contradiction(order_id))?;
    reservations::note_restocked(tx.conn(), order_id, &parts).await?;
    Ok(book(tx, &shelves, &movements, Cause::Order(order_id, None)).await?)
}

fn wants(event: &ItemsReturned) -> Wants {
    let mut wants = Wants::new();
    for line in event.lines.iter().filter(|line| line.restock) {
        let variant = line.variant_id.unwrap_or_else(|| line.product_id.default_variant());
        *wants.entry(variant).or_default() += i64::from(line.quantity);
    }
    wants
}

/// Where the wanted items go back to: from where they were sold, as many as were sold from there at most.
fn back(wants: &Wants, sold: &Parts) -> Parts {
    let mut wants = wants.clone();
    let mut back = Parts::new();
    for (&(variant, location), &quantity) in sold {
        let Some(wanted) = wants.get_mut(&variant) else { continue };
        let part = quantity.min(*wanted);
        *wanted -= part;
        if part > 0 {
            back.insert((variant, location), part);
        }
    }
    back
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use warung_contracts::id::{LocationId, VariantId};

    use super::*;

    #[test]
    fn no_more_comes_back_than_was_sold() {
        let at = |n: u128| (VariantId(Uuid::from_u128(1)), LocationId(Uuid::from_u128(n)));
        let sold: Parts = [(at(1), 2), (at(2), 3)].into();
        let wants = |n| Wants::from([(VariantId(Uuid::from_u128(1)), n)]);
        assert_eq!(back(&wants(4), &sold), [(at(1), 2), (at(2), 2)].into());
        assert_eq!(back(&wants(9), &sold), sold);
        assert_eq!(back(&Wants::from([(VariantId(Uuid::nil()), 1)]), &sold), Parts::new());
    }
}
