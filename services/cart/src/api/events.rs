//! Events of order and auth.

use warung_chassis::events::{Consumers, handler::Effect};
use warung_contracts::event::{OrderConfirmed, UserDeleted};

use super::App;
use crate::store::Owner;

/// The handlers. There is no database for an inbox: a mark in Redis, set by the script that changes the cart, stands for it;
/// a cart that is dropped twice is gone.
pub fn consumers(app: App) -> Consumers {
    let carts = app.carts.clone();
    let consumers = Consumers::new().on_bare(move |_, event: UserDeleted| {
        let carts = carts.clone();
        Box::pin(async move {
            carts.clear(&Owner::User(event.user_id)).await?;
            Ok(Effect::Done)
        })
    });
    consumers.on_bare(move |id, event: OrderConfirmed| {
        let carts = app.carts.clone();
        Box::pin(async move {
            let owner = match event.cart_token_hash {
                Some(hash) => Owner::GuestHash(hash),
                None => Owner::User(event.user_id),
            };
            let variant = |line: &warung_contracts::event::OrderLine| {
                line.variant_id.unwrap_or(line.product_id.default_variant())
            };
            let bought: Vec<_> = event.lines.iter().map(|line| (variant(line), line.quantity)).collect();
            match carts.settle(&owner, id, &bought).await? {
                true => Ok(Effect::Done),
                false => Ok(Effect::Duplicate),
            }
        })
    })
}
