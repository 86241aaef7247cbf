//! Events of order and auth.

use warung_chassis::events::{Consumers, handler::Effect};
use warung_contracts::{
    event::{CancelReason, OrderCancelled, OrderPlaced, UserDeleted},
    id::UserId,
};

use super::App;
use crate::store::{Ordered, Owner};

/// The handlers. There is no database for an inbox: what an order took is kept in Redis by the script that takes it, and
/// stands for it; a cart that is dropped twice is gone.
pub fn consumers(app: App) -> Consumers {
    let (dropping, taking, putting_back) = (app.clone(), app.clone(), app);
    Consumers::new()
        .on_bare(move |_, event: UserDeleted| {
            let carts = dropping.carts.clone();
            Box::pin(async move {
                carts.close(event.user_id).await?;
                Ok(Effect::Done)
            })
        })
        .on_bare(move |_, event: OrderPlaced| {
            let carts = taking.carts.clone();
            Box::pin(async move {
                let owner = owner(event.user_id, event.cart_token_hash.clone());
                Ok(effect(carts.take(&owner, &ordered(&event)).await?))
            })
        })
        .on_bare(move |_, event: OrderCancelled| {
            let carts = putting_back.carts.clone();
            Box::pin(async move {
                if !is_wanted_still(event.reason) {
                    return Ok(Effect::Done);
                }
                let owner = owner(event.user_id, event.cart_token_hash);
                Ok(effect(carts.put_back(&owner, event.order_id).await?))
            })
        })
}

fn effect(first: bool) -> Effect {
    if first { Effect::Done } else { Effect::Duplicate }
}

/// Whose cart was ordered: of the guest with this token, else of the account.
fn owner(user: UserId, cart_token_hash: Option<String>) -> Owner {
    cart_token_hash.map_or(Owner::User(user), Owner::GuestHash)
}

fn ordered(event: &OrderPlaced) -> Ordered {
    let lines = event.lines.iter().map(|line| (line.variant(), line.quantity)).collect();
    Ordered::new(event.order_id, event.cart_revision.clone(), lines)
}

/// Whether the customer did not get what they meant to buy, rather than changed their mind or got something else of it.
fn is_wanted_still(reason: CancelReason) -> bool {
    match reason {
        CancelReason::OutOfStock
        | CancelReason::PaymentFailed
        | CancelReason::PaymentExpired
        | CancelReason::Deadline => true,
        CancelReason::ByCustomer | CancelReason::ByAdmin | CancelReason::Undeliverable => false,
    }
}
