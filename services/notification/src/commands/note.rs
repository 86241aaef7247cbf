//! Writes the message that tells of an event.

use warung_chassis::db::Tx;
use warung_contracts::id::{NotificationId, UserId};

use crate::{
    domain::{
        language::Language,
        notice::Notice,
        template::{Facts, Templates},
    },
    store::{self, notifications::New},
};

/// Why no message was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The registration event has not arrived yet.
    #[error("the contact of {0} is not known yet")]
    NoContact(UserId),
    /// The unit of work handles no event.
    #[error("a message needs the event that caused it")]
    NoCause,
    #[error("the message could not be written")]
    Template(#[source] anyhow::Error),
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Writes it; the sending job does the rest.
pub async fn run<N: Notice>(tx: &mut Tx, notice: &N, templates: &Templates, shop: &str) -> Result<(), Error> {
    let event_id = tx.cause().ok_or(Error::NoCause)?;
    if let (Some(order_id), Some(number)) = (notice.order_id(), notice.number()) {
        store::orders::insert(tx.conn(), order_id, number).await?;
    }
    let user_id = notice.user_id();
    let contact = store::contacts::find(tx.conn(), user_id).await?.ok_or(Error::NoContact(user_id))?;
    let number = match notice.order_id() {
        // An order whose own event is late is called by its id: better an ugly message than none.
        Some(order_id) => {
            store::orders::find(tx.conn(), order_id).await?.unwrap_or_else(|| order_id.to_string())
        }
        None => String::new(),
    };
    let facts = Facts { shop, name: &contact.name, number: &number };
    let text =
        templates.render(N::TYPE, notice, Language::of(&contact.locale), facts).map_err(Error::Template)?;
    let (id, now) = (NotificationId(tx.new_uuid()), tx.now());
    let new = New {
        id,
        user_id,
        event_id,
        event_type: N::TYPE,
        recipient: &contact.email,
        subject: &text.subject,
        body: &text.body,
    };
    store::notifications::insert(tx.conn(), new, now).await?;
    Ok(())
}
