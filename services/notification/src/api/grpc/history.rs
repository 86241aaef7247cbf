//! `warung.history.v1.OrderHistory`: the messages of an order.

use warung_chassis::{db::Db, grpc::history::ROWS_MAX};
use warung_contracts::{
    history::{Deed, Entry, Message},
    id::{OrderId, UserId},
};

use crate::{
    domain::{
        mask::{masked, masked_in},
        notice::reader,
    },
    store::order_history::{self, Sent},
};

/// What customer and staff were told of an order, or were to be.
pub async fn list(db: Db, order: OrderId) -> Result<Vec<Entry>, sqlx::Error> {
    let messages = order_history::list(db.pool(), order, ROWS_MAX).await?;
    Ok(messages.into_iter().map(entry).collect())
}

fn entry(sent: Sent) -> Entry {
    let Sent { user_id, event_type: event, channel, recipient, state, attempts, reason, at } = sent;
    let reader = reader(UserId(user_id));
    let deed = Deed::Message(Message {
        event,
        channel,
        reader: reader.to_owned(),
        to: masked(&recipient),
        state,
        attempts: u32::try_from(attempts).unwrap_or(0),
        reason: reason.map(|text| masked_in(&text, &recipient)),
    });
    Entry { at, actor: "notification", author: None, deed }
}
