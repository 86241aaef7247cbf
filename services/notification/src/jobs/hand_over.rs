//! One message to its provider, by its channel.

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
    domain::{channel::Channel, skip::Skip, template::TOKEN, topic::Topic, unsubscribe::Choice},
    peers::Links,
    store::{devices, outcomes::Claimed},
};

/// Ways out, and what they need.
#[derive(Debug)]
pub struct Providers {
    pub db: Db,
    pub desk: std::sync::Arc<Desk>,
    pub mailer: Mailer,
    pub sms: Sms,
    pub push: Push,
    pub links: Links,
}

impl Providers {
    /// Hands a message over.
    ///
    /// # Errors
    ///
    /// When the store is away.
    pub async fn hand_over(&self, claimed: &Claimed, now: OffsetDateTime) -> Result<Delivery, sqlx::Error> {
        let token = match self.token(claimed).await {
            Ok(token) => token,
            Err(delivery) => return Ok(delivery),
        };
        match claimed.channel.parse() {
            Ok(Channel::Email) => Ok(self.email(claimed, token.as_deref()).await),
            Ok(Channel::Sms) if claimed.was_begun => {
                Ok(Delivery::Unknown("an attempt was cut short; a text message is never sent twice".into()))
            }
            Ok(Channel::Sms) => Ok(self.sms.send(&claimed.recipient, &claimed.body).await),
            Ok(Channel::Push) => self.push(claimed, now).await,
            Err(error) => Ok(Delivery::Refused(error)),
        }
    }

    /// The secret of the link in a message, where it has one.
    async fn token(&self, claimed: &Claimed) -> Result<Option<String>, Delivery> {
        let Some(request_id) = claimed.request_id else { return Ok(None) };
        match self.links.token(request_id).await {
            Ok(Some(token)) => Ok(Some(token)),
            Ok(None) => Err(Delivery::Skipped(Skip::LinkEnded)),
            Err(status) => Err(Delivery::Later(format!("auth: {status}"), None)),
        }
    }

    async fn email(&self, claimed: &Claimed, token: Option<&str>) -> Delivery {
        if claimed.suppressed {
            return Delivery::Skipped(Skip::Suppressed);
        }
        let filled = |text: &str| match token {
            Some(token) => text.replace(TOKEN, token),
            None => text.to_owned(),
        };
        let mail = Mail {
            id: NotificationId(claimed.notification_id),
            to_name: claimed.name.clone(),
            to: claimed.recipient.clone(),
            subject: claimed.subject.clone(),
            body: filled(&claimed.body),
            html: claimed.html.as_deref().map(filled),
            unsubscribe: self.unsubscribe(claimed),
        };
        self.mailer.send(&mail).await
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
        for device in waiting {
            let pushed = self.push.send(&device, &message, now).await;
            self.note(id, &device, &pushed).await?;
            best = worth(best, pushed);
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
