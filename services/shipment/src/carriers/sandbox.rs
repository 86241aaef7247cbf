//! The sandbox carrier: picks up, delivers and brings back by the clock alone.
//!
//! A parcel to the postal code [`UNREACHABLE`] can't be delivered, one to [`NOT_SERVED`] is not booked, of one to
//! [`SILENT`] it says nothing, one to [`HANGING`] it books for ever, and one to [`KEEPING`] it keeps when it is called off. Its
//! webhooks are
//! `{"event_id", "tracking_number", "event", "description"?, "location"?, "at"?}` under
//! `Warung-Signature: t=<unix seconds>,v1=<hex of HMAC-SHA256(secret, t + "." + body)>`.

use axum::http::HeaderMap;
use futures::future::BoxFuture;
use secrecy::SecretString;
use serde::Deserialize;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use warung_chassis::signature;
use warung_contracts::id::ParcelId;

use super::{Asked, Booked, Booking, Carrier, Scan, Trouble, WebhookError};
use crate::domain::{Fact, State};

/// Its name in the database, in paths and settings.
pub const CODE: &str = "sandbox";
/// Nobody is ever at home there.
pub const UNREACHABLE: &str = "00000";
/// Where the sandbox does not go.
pub const NOT_SERVED: &str = "00001";
/// Where neither a booking nor a question brings an answer.
pub const SILENT: &str = "00002";
/// Where a booking does not end.
pub const HANGING: &str = "00003";
/// What is booked to there it has fetched before anybody calls it off.
pub const KEEPING: &str = "00004";
/// How numbers begin, and those of parcels that it keeps.
const GIVEN: &str = "SBX";
const KEPT: &str = "SBK";
/// Characters of each text of a webhook at most.
const TEXT_MAX: usize = 200;

/// The sandbox carrier.
#[derive(Debug)]
pub struct Sandbox {
    /// Time it takes for each step; none when only staff and webhooks move parcels.
    pub step: Option<Duration>,
    /// Whether it gives the numbers of parcels itself, when they are booked.
    pub books: bool,
    /// Signs its webhooks.
    pub secret: SecretString,
}

/// What it sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    event_id: String,
    tracking_number: String,
    event: Fact,
    description: Option<String>,
    location: Option<String>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    at: Option<OffsetDateTime>,
}

/// The last twelve digits of a key, which are random, behind a few letters.
fn number(letters: &str, key: Uuid) -> String {
    let digits = key.simple().to_string().to_uppercase();
    format!("{letters}{}", &digits[digits.len() - 12..])
}

impl Sandbox {
    /// What has happened to a parcel by now, if anything.
    fn moved(&self, parcel: &Asked, now: OffsetDateTime) -> Option<Scan> {
        if parcel.state_at + self.step? > now {
            return None;
        }
        let fact = match parcel.state {
            State::Dispatched if parcel.postal_code == UNREACHABLE => Fact::Failed,
            state => state.next()?,
        };
        Some(Scan {
            tracking_number: parcel.tracking_number.clone(),
            key: format!("{fact:?} after {}", parcel.state),
            fact,
            description: None,
            location: None,
            at: now,
        })
    }
}

impl Carrier for Sandbox {
    fn code(&self) -> &'static str {
        CODE
    }

    fn title(&self) -> &'static str {
        "Sandbox Express"
    }

    fn own_number(&self, parcel: ParcelId) -> Option<String> {
        (!self.books).then(|| number(GIVEN, parcel.uuid()))
    }

    /// Of a domain that is nobody's (RFC 2606): it shows that a link is there, and leads nowhere.
    fn tracking_url(&self, tracking_number: &str) -> Option<String> {
        Some(format!("https://sandbox.example/track/{tracking_number}"))
    }

    fn book<'a>(&'a self, booking: &'a Booking) -> BoxFuture<'a, Result<Booked, Trouble>> {
        Box::pin(async move {
            match booking.to.postal_code.as_str() {
                NOT_SERVED => Err(Trouble::Refused("the address is not served".to_owned())),
                SILENT => Err(Trouble::NoAnswer(anyhow::anyhow!("the sandbox says nothing"))),
                HANGING => std::future::pending().await,
                KEEPING => Ok(Booked { tracking_number: number(KEPT, booking.key), label_url: None }),
                _ => Ok(Booked { tracking_number: number(GIVEN, booking.key), label_url: None }),
            }
        })
    }

    fn cancel<'a>(&'a self, tracking_number: &'a str) -> BoxFuture<'a, Result<(), Trouble>> {
        Box::pin(async move {
            match tracking_number.starts_with(KEPT) {
                true => Err(Trouble::Refused("the parcel has been fetched".to_owned())),
                false => Ok(()),
            }
        })
    }

    fn pace(&self) -> Option<Duration> {
        self.step
    }

    fn poll<'a>(
        &'a self,
        parcels: &'a [Asked],
        now: OffsetDateTime,
    ) -> BoxFuture<'a, anyhow::Result<Vec<Scan>>> {
        Box::pin(async move {
            anyhow::ensure!(parcels.iter().all(|p| p.postal_code != SILENT), "the sandbox says nothing");
            Ok(parcels.iter().filter_map(|parcel| self.moved(parcel, now)).collect())
        })
    }

    fn webhook(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: OffsetDateTime,
    ) -> Result<Vec<Scan>, WebhookError> {
        signature::verify(&self.secret, headers, body, now)?;
        let malformed = |error: String| WebhookError::Malformed(error);
        let message: Message = serde_json::from_slice(body).map_err(|error| malformed(error.to_string()))?;
        let texts = [Some(&message.event_id), Some(&message.tracking_number)];
        let texts = texts.into_iter().chain([message.description.as_ref(), message.location.as_ref()]);
        if texts.flatten().any(|text| text.is_empty() || text.len() > TEXT_MAX || text.contains('\0')) {
            return Err(malformed(format!("each text has 1 to {TEXT_MAX} bytes, without the character NUL")));
        }
        let Message { event_id, tracking_number, event: fact, description, location, at } = message;
        let key = format!("webhook {event_id}");
        Ok(vec![Scan { tracking_number, key, fact, description, location, at: at.unwrap_or(now) }])
    }
}
