//! One message to its provider, by its channel.

use futures::{StreamExt as _, stream::FuturesUnordered};
use time::OffsetDateTime;
use warung_chassis::db::Db;
use warung_contracts::id::{NotificationId, UserId};

use crate::{
    channels::{
        Delivery,
        email::{Mail, Mailer},
        push::{Device, Message, Push, Pushed},
        sms::Sms,
    },
    commands::note::Desk,
    domain::{
        channel::Channel,
        notice::Secret,
        skip::Skip,
        template::{FRAGMENT, TOKEN},
        topic::Topic,
        unsubscribe::Choice,
    },
    peers::Tokens,
    store::{
        devices,
        outcomes::{self, Claimed},
    },
};

/// Ways out, and what they need.
#[derive(Debug)]
pub struct Providers {
    pub db: Db,
    pub desk: std::sync::Arc<Desk>,
    pub mailer: Mailer,
    pub sms: Sms,
    pub push: Push,
    pub tokens: Tokens,
}

/// How the link in a message is made whole.
enum Filling {
    None,
    Token(String),
    /// The order is no guest's any more: the page asks for a log-in.
    NoFragment,
}

impl Filling {
    fn fill(&self, text: &str) -> String {
        match self {
            Self::None => text.to_owned(),
            Self::Token(token) => text.replace(TOKEN, token),
            Self::NoFragment => text.replace(FRAGMENT, ""),
        }
    }
}

impl Providers {
    /// Hands a message over.
    ///
    /// # Errors
    ///
    /// When the store is away.
    pub async fn hand_over(&self, claimed: &Claimed, now: OffsetDateTime) -> Result<Delivery, sqlx::Error> {
        let filling = match self.filling(claimed).await {
            Ok(filling) => filling,
            Err(delivery) => return Ok(delivery),
        };
        match claimed.channel.parse() {
            Ok(Channel::Email) => Ok(self.email(claimed, &filling).await),
            Ok(Channel::Sms) => self.text(claimed).await,
            Ok(Channel::Push) => self.push(claimed, now).await,
            Err(error) => Ok(Delivery::Refused(error)),
        }
    }

    /// What the link in a message lacks.
    async fn filling(&self, claimed: &Claimed) -> Result<Filling, Delivery> {
        let Some(secret) = Secret::of(claimed.request_id, claimed.order_id) else { return Ok(Filling::None) };
        match (self.tokens.of(secret).await, secret) {
            (Ok(Some(token)), _) => Ok(Filling::Token(token)),
            (Ok(None), Secret::Request(_)) => Err(Delivery::Skipped(Skip::LinkEnded)),
            (Ok(None), Secret::Order(_)) => Ok(Filling::NoFragment),
            (Err(status), Secret::Request(_)) => Err(Delivery::Later(format!("auth: {status}"), None)),
            (Err(status), Secret::Order(_)) => Err(Delivery::Later(format!("order: {status}"), None)),
        }
    }

    async fn email(&self, claimed: &Claimed, filling: &Filling) -> Delivery {
        if claimed.suppressed {
            return Delivery::Skipped(Skip::Suppressed);
        }
        let mail = Mail {
            id: NotificationId(claimed.notification_id),
            to_name: claimed.name.clone(),
            to: claimed.recipient.clone(),
            subject: claimed.subject.clone(),
            body: filling.fill(&claimed.body),
            html: claimed.html.as_deref().map(|html| filling.fill(html)),
            unsubscribe: self.unsubscribe(claimed),
        };
        self.mailer.send(&mail).await
    }

    /// Once: nobody could tell a copy.
    async fn text(&self, claimed: &Claimed) -> Result<Delivery, sqlx::Error> {
        if claimed.was_begun {
            let why = "an attempt was cut short; a text message is never sent twice";
            return Ok(Delivery::Unknown(why.into()));
        }
        if !outcomes::begin(self.db.pool(), claimed).await? {
            // What is recorded of this attempt counts no more either.
            return Ok(Delivery::Unknown("another attempt took over".into()));
        }
        Ok(self.sms.send(NotificationId(claimed.notification_id), &claimed.recipient, &claimed.body).await)
    }

    fn unsubscribe(&self, claimed: &Claimed) -> Option<String> {
        let topic: Topic = claimed.topic.parse().ok()?;
        let choice = Choice { user_id: UserId(claimed.user_id), topic, channel: Channel::Email };
        (!topic.is_mandatory(Channel::Email)).then(|| self.desk.unsubscribe_url(choice))
    }

    /// To each device that does not have it yet. It is sent when one has it and none is to be tried again.
    async fn push(&self, claimed: &Claimed, now: OffsetDateTime) -> Result<Delivery, sqlx::Error> {
        let id = NotificationId(claimed.notification_id);
        let (waiting, had) = devices::waiting(self.db.pool(), UserId(claimed.user_id), id).await?;
        let message = Message {
            key: claimed.notification_id,
            title: claimed.subject.clone(),
            body: claimed.body.trim().to_owned(),
            event: claimed.event_type.clone(),
        };
        let mut best = if had > 0 { Delivery::Sent(None) } else { Delivery::Skipped(Skip::NoDevice) };
        // At once: one that hangs takes none of the others' time, and all of them no longer than the claim.
        let mut pushing = waiting
            .iter()
            .map(|device| async {
                let pushed = self.push.send(device, &message, now).await;
                self.note(id, device, &pushed).await.map(|()| pushed)
            })
            .collect::<FuturesUnordered<_>>();
        while let Some(pushed) = pushing.next().await {
            best = worth(best, pushed?);
        }
        Ok(best)
    }

    async fn note(&self, id: NotificationId, device: &Device, pushed: &Pushed) -> Result<(), sqlx::Error> {
        match pushed {
            Pushed::Sent => devices::delivered(self.db.pool(), id, device.id).await,
            Pushed::Gone(reason) => {
                tracing::info!(device = %device.id, reason, "a device is gone");
                devices::forget(self.db.pool(), device.id).await
            }
            Pushed::Later(..) | Pushed::Refused(_) | Pushed::NoProvider => Ok(()),
        }
    }
}

/// What several devices come to: what is to be tried again counts most, then what arrived, then why nothing did.
fn worth(best: Delivery, pushed: Pushed) -> Delivery {
    let this = match pushed {
        Pushed::Sent => Delivery::Sent(None),
        Pushed::Later(error, after) => Delivery::Later(error, after),
        Pushed::Refused(error) => Delivery::Refused(error),
        Pushed::NoProvider => Delivery::Skipped(Skip::NoProvider),
        Pushed::Gone(_) => return best,
    };
    let rank = |delivery: &Delivery| match delivery {
        Delivery::Later(..) => 4,
        Delivery::Sent(_) => 3,
        Delivery::Refused(_) | Delivery::Bounced(_) | Delivery::Unknown(_) => 2,
        Delivery::Skipped(Skip::NoDevice) => 0,
        Delivery::Skipped(_) => 1,
    };
    if rank(&this) > rank(&best) { this } else { best }
}
