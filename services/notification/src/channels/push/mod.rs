//! Push: to every device of somebody, by the provider that knows it.

pub mod fcm;
pub mod net;
mod seal;
mod vapid;
pub mod web;

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use self::{fcm::Fcm, web::WebPush};

/// A device or browser that somebody registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub id: Uuid,
    pub address: Address,
}

/// How its provider knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// FCM's registration token.
    Fcm(String),
    Web(web::Subscription),
}

/// A push message.
#[derive(Debug, Clone)]
pub struct Message {
    /// The same for the same message: a device that has it already shows it once.
    pub key: Uuid,
    pub title: String,
    pub body: String,
    /// Type of the event it tells of, for the application.
    pub event: String,
}

/// What came of handing a message to the provider of one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    Sent,
    /// The device is gone for good.
    Gone(String),
    /// Not now.
    Later(String, Option<Duration>),
    /// Never, for a reason that is not the device's end.
    Refused(String),
    /// The shop has no provider for it.
    NoProvider,
}

/// Sends push messages.
#[derive(Debug)]
pub struct Push {
    pub fcm: Option<Fcm>,
    pub web: WebPush,
}

impl Push {
    /// Hands a message to the provider of a device.
    pub async fn send(&self, device: &Device, message: &Message, now: OffsetDateTime) -> Pushed {
        match (&device.address, &self.fcm) {
            (Address::Fcm(token), Some(fcm)) => fcm.send(token, message, now).await,
            (Address::Fcm(_), None) => Pushed::NoProvider,
            (Address::Web(subscription), _) => self.web.send(subscription, message, now).await,
        }
    }
}
