//! Writes the messages that tell of events, one a channel. What several events need is read and written at once.

use uuid::Uuid;
use warung_chassis::{db::Tx, events::Heard};
use warung_contracts::{
    event::Contact as Told,
    id::{NotificationId, UserId},
};

use super::known::Known;
use crate::{
    domain::{
        channel::Channel,
        language::Language,
        notice::{News, STAFF, Secret, reader},
        skip::Skip,
        template::{FRAGMENT, Facts, Kind, TOKEN, Templates, Text},
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
    #[error("the message could not be written")]
    Template(#[source] anyhow::Error),
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Writes them; the sending job does the rest.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(tx: &mut Tx, heard: &[Heard<News>], desk: &Desk) -> Result<(), Error> {
    let now = tx.now();
    remember(tx, heard, desk).await?;
    let known = Known::load(tx.conn(), heard.iter().map(|heard| &heard.event)).await?;
    let mut messages = Vec::new();
    // Staff without an address reads nothing.
    for Heard { id, event, .. } in
        heard.iter().filter(|heard| heard.event.user_id != STAFF || desk.staff.is_some())
    {
        let (user_id, contact) = known.reader(event.user_id).ok_or(Error::NoContact(event.user_id))?;
        // Nor is staff told in the words of somebody who is gone.
        if contact.deleted_at.is_some() || event.beside.is_some_and(|customer| known.is_gone(customer)) {
            continue;
        }
        let letter = Letter { desk, news: event, event_id: *id, user_id, contact, known: &known };
        for channel in Channel::ALL {
            if desk.templates.has(event.event_type, channel) {
                messages.extend(letter.write(NotificationId(tx.new_uuid()), channel)?);
            }
        }
    }
    Ok(store::notifications::insert(tx.conn(), &messages, now).await?)
}

/// Keeps what events say of orders and of those who are told.
async fn remember(tx: &mut Tx, heard: &[Heard<News>], desk: &Desk) -> Result<(), sqlx::Error> {
    let now = tx.now();
    store::orders::insert(tx.conn(), heard.iter().filter_map(|heard| heard.event.numbered())).await?;
    for News { user_id, contact, guest_of, .. } in heard.iter().map(|heard| &heard.event) {
        if let Some(told) = contact {
            store::contacts::insert_told(tx.conn(), (*user_id, *guest_of), told, now).await?;
        }
    }
    // As the settings say it today.
    if let Some(staff) =
        desk.staff.as_ref().filter(|_| heard.iter().any(|heard| heard.event.user_id == STAFF))
    {
        store::contacts::put(tx.conn(), STAFF, staff, now).await?;
    }
    Ok(())
}

/// What the messages of one event share.
struct Letter<'a> {
    desk: &'a Desk,
    news: &'a News,
    event_id: Uuid,
    /// Who reads it.
    user_id: UserId,
    contact: &'a Contact,
    known: &'a Known,
}

impl Letter<'_> {
    fn write(&self, id: NotificationId, channel: Channel) -> Result<Option<New>, Error> {
        let Some(recipient) = self.recipient(channel) else { return Ok(None) };
        let (user_id, News { event_type, order_id, event, .. }) = (self.user_id, self.news);
        let event_type = *event_type;
        let topic = Topic::of(event_type);
        let choice = Choice { user_id, topic, channel };
        let ((page, secret), unsubscribe) = (self.link(channel), self.unsubscribe(choice));
        let facts = Facts {
            shop: &self.desk.shop,
            reader: reader(user_id),
            name: &self.contact.name,
            number: &self.number(),
            link: &page,
            unsubscribe: &unsubscribe,
        };
        let kind = Kind { event_type, channel, language: Language::of(&self.contact.locale) };
        let text = self.text(kind, event, facts).map_err(Error::Template)?;
        let wanted = topic.is_wanted(channel, self.known.choice(choice));
        Ok(Some(New {
            id,
            user_id,
            event_id: self.event_id,
            event_type,
            about: *order_id,
            channel,
            topic,
            recipient,
            text,
            secret,
            skip: (!wanted).then_some(Skip::Unsubscribed),
        }))
    }

    /// In the shop's own words where they fit this event: better the built-in ones than no message.
    fn text(&self, kind: Kind<'_>, event: &minijinja::Value, facts: Facts<'_>) -> anyhow::Result<Text> {
        self.desk.templates.tell(kind, self.known.wordings.of(kind), event, facts)
    }

    /// Where it goes; none where the reader has no such thing, which is no matter of a message.
    fn recipient(&self, channel: Channel) -> Option<String> {
        match channel {
            Channel::Email => Some(self.news.email.as_ref().unwrap_or(&self.contact.email).clone()),
            Channel::Sms => self.contact.phone.clone().filter(|_| self.desk.sms),
            Channel::Push => self.known.with_devices.contains(&self.user_id).then(String::new),
        }
    }

    /// An order whose own event is late is called by its id: better an ugly message than none.
    fn number(&self) -> String {
        let Some(order_id) = self.news.order_id else { return String::new() };
        self.known.numbers.get(&order_id).cloned().unwrap_or_else(|| order_id.to_string())
    }

    /// The page a message is about, and who knows its secret token. That is put in when the message is sent: nothing that is
    /// stored opens an account or an order.
    fn link(&self, channel: Channel) -> (String, Option<Secret>) {
        let (storefront, news) = (&self.desk.links_url, self.news);
        match (news.link, news.order_id.filter(|_| news.user_id != STAFF)) {
            (Some(link), _) => {
                let page = format!("{storefront}/{}?token={TOKEN}", link.page);
                (page, Some(Secret::Request(link.request_id)))
            }
            (None, Some(order)) => {
                let page = format!("{storefront}/orders/{order}");
                // Mail alone: text messages have little room, and show on locked screens.
                match channel == Channel::Email && self.contact.guest_of == Some(order.uuid()) {
                    true => (page + FRAGMENT, Some(Secret::Order(order))),
                    false => (page, None),
                }
            }
            (None, None) => (String::new(), None),
        }
    }

    fn unsubscribe(&self, choice: Choice) -> String {
        if choice.topic.is_mandatory(choice.channel) {
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
