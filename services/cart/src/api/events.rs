//! Events of order.

use warung_chassis::events::{Consumers, handler::Effect};
use warung_contracts::event::OrderConfirmed;

use super::App;

/// The handlers. There is no database for an inbox: a mark in Redis, set by the script that changes the cart, stands for it.
pub fn consumers(app: App) -> Consumers {
    Consumers::new().on_bare(move |id, event: OrderConfirmed| {
        let app = app.clone();
        Box::pin(async move {
            let bought: Vec<_> = event.lines.iter().map(|line| (line.product_id, line.quantity)).collect();
            match app.carts.settle(event.user_id, id, &bought).await? {
                true => Ok(Effect::Done),
                false => Ok(Effect::Duplicate),
            }
        })
    })
}
