//! Writes the messages that tell of an event, one a channel.

use uuid::Uuid;
use warung_chassis::db::Tx;
use warung_contracts::{
    event::Contact as Told,
    id::{NotificationId, UserId},
};

use crate::{
    domain::{
        channel::Channel,
        language::Language,
        notice::{Notice, STAFF},
        skip::Skip,
        template::{Facts, Kind, TOKEN, Templates},
        topic::Topic,
        unsubscribe::{Choice, Unsubscriber},
    },
    store::{self, contacts::Contact, notifications::New},
};

/// What messages are written with.
#[derive(Debug)]
pub struct Desk {
    pub templates: Templates,
    /// Name of the shop.
    pub shop: String,
    /// Where links in messages lead; without a slash at its end.
    pub links_url: String,
    /// Where our own API is; without a slash at its end.
    pub api_url: String,
    pub unsubscriber: Unsubscriber,
    /// Whether the shop sends text messages.
    pub sms: bool,
    /// Where staff read of what needs a person; none where nobody is to.
    pub staff: Option<Told>,
}

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

/// What the messages of one event share.
struct Letter<'a, N> {
    desk: &'a Desk,
    notice: &'a N,
    event_id: Uuid,
    contact: Contact,
    number: String,
    topic: Topic,
    /// What the reader chose.
    chosen: Vec<(Topic, Channel, bool)>,
}

/// Writes them; the sending job does the rest.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run<N: Notice>(tx: &mut Tx, notice: &N, desk: &Desk) -> Result<(), Error> {
    let event_id = tx.cause().ok_or(Error::NoCause)?;
    let (user_id, now) = (notice.user_id(), tx.now());
    if let (Some(order_id), Some(number)) = (notice.order_id(), notice.number()) {
        store::orders::insert(tx.conn(), order_id, number).await?;
    }
    if let Some(told) = notice.contact() {
        store::contacts::insert(tx.conn(), user_id, told, now).await?;
    }
    if user_id == STAFF {
        // As the settings say it today.
        let Some(staff) = &desk.staff else { return Ok(()) };
        store::contacts::put(tx.conn(), user_id, staff, now).await?;
    }
    let contact = store::contacts::find(tx.conn(), user_id).await?.ok_or(Error::NoContact(user_id))?;
    if contact.deleted_at.is_some() {
        return Ok(());
    }
    let number = number(tx, notice).await?;
    let chosen = store::preferences::list(tx.conn(), user_id).await?;
    let letter = Letter { desk, notice, event_id, contact, number, topic: Topic::of(N::TYPE), chosen };
    for channel in Channel::ALL {
        if desk.templates.has(N::TYPE, channel) {
            letter.write(tx, channel).await?;
        }
    }
    Ok(())
}

/// An order whose own event is late is called by its id: better an ugly message than none.
async fn number<N: Notice>(tx: &mut Tx, notice: &N) -> Result<String, sqlx::Error> {
    let Some(order_id) = notice.order_id() else { return Ok(String::new()) };
    let known = store::orders::find(tx.conn(), order_id).await?;
    Ok(known.unwrap_or_else(|| order_id.to_string()))
}

impl<N: Notice> Letter<'_, N> {
    async fn write(&self, tx: &mut Tx, channel: Channel) -> Result<(), Error> {
        let Some(recipient) = self.recipient(tx, channel).await? else { return Ok(()) };
        let choice = Choice { user_id: self.notice.user_id(), topic: self.topic, channel };
        let (link, unsubscribe) = (self.link(), self.unsubscribe(choice));
        let facts = Facts {
            shop: &self.desk.shop,
            name: &self.contact.name,
            number: &self.number,
            link: &link,
            unsubscribe: &unsubscribe,
        };
        let kind = Kind { event_type: N::TYPE, channel, language: Language::of(&self.contact.locale) };
        let text = self.desk.templates.render(kind, self.notice, facts).map_err(Error::Template)?;
        let skip = self.skip(tx, channel, &recipient).await?;
        let (id, now) = (NotificationId(tx.new_uuid()), tx.now());
        let new = New {
            id,
            user_id: self.notice.user_id(),
            event_id: self.event_id,
            event_type: N::TYPE,
            channel,
            topic: self.topic,
            recipient: &recipient,
            text: &text,
            request_id: self.notice.link().map(|link| link.request_id),
            skip,
        };
        store::notifications::insert(tx.conn(), new, now).await?;
        Ok(())
    }

    /// Where it goes; none where the reader has no such thing, which is no matter of a message.
    async fn recipient(&self, tx: &mut Tx, channel: Channel) -> Result<Option<String>, sqlx::Error> {
        match channel {
            Channel::Email => Ok(Some(self.notice.email().unwrap_or(&self.contact.email).to_owned())),
            Channel::Sms => Ok(self.contact.phone.clone().filter(|_| self.desk.sms)),
            Channel::Push => {
                let any = store::devices::any(tx.conn(), self.notice.user_id()).await?;
                Ok(any.then(String::new))
            }
        }
    }

    /// Why it is not to be sent, though it could be.
    async fn skip(
        &self,
        tx: &mut Tx,
        channel: Channel,
        recipient: &str,
    ) -> Result<Option<Skip>, sqlx::Error> {
        let own = self.chosen.iter().find(|(topic, on, _)| (*topic, *on) == (self.topic, channel));
        if !self.topic.is_wanted(channel, own.map(|(.., enabled)| *enabled)) {
            return Ok(Some(Skip::Unsubscribed));
        }
        let suppressed =
            channel == Channel::Email && store::bounces::is_suppressed(tx.conn(), recipient).await?;
        Ok(suppressed.then_some(Skip::Suppressed))
    }

    /// The secret token is put in when the message is sent: nothing that is stored opens an account.
    fn link(&self) -> String {
        let link = self.notice.link();
        link.map_or_else(String::new, |link| format!("{}/{}?token={TOKEN}", self.desk.links_url, link.page))
    }

    fn unsubscribe(&self, choice: Choice) -> String {
        if self.topic.is_mandatory(choice.channel) {
            return String::new();
        }
        self.desk.unsubscribe_url(choice)
    }
}

impl Desk {
    /// The link that switches messages off.
    pub fn unsubscribe_url(&self, choice: Choice) -> String {
        let token = self.unsubscriber.token(choice);
        format!("{}/api/v1/notifications/unsubscribe?token={token}", self.api_url)
    }
}
