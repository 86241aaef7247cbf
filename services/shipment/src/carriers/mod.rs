//! Carriers: who moves parcels, how they are booked, and how we hear of them.
//!
//! To add one: a file here with an implementation of [`Carrier`], a line in `lib.rs`, its code in `config.rs`;
//! docs/carriers.md goes through it. Its adapter alone knows its words; the rest of the crate knows [`Booking`]s and
//! [`Scan`]s.

mod booking;
pub mod sandbox;

pub use booking::{Booked, Booking, Trouble};

use std::{fmt, sync::Arc};

use axum::http::HeaderMap;
use futures::future::BoxFuture;
use time::{Duration, OffsetDateTime};
use warung_chassis::signature::SignatureError;
use warung_contracts::id::ParcelId;

use crate::domain::{Fact, Parcel, State};

/// A parcel that its carrier is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub tracking_number: String,
    /// What we know. A recalled parcel is to be stopped: ask for it as often as you are asked.
    pub state: State,
    /// Since when.
    pub state_at: OffsetDateTime,
    /// Of the address.
    pub postal_code: String,
}

/// Something a carrier says of a parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    pub tracking_number: String,
    /// The carrier's own id of it; the same for the same thing, however often it is said.
    pub key: String,
    pub fact: Fact,
    /// For people; our own words where there are none.
    pub description: Option<String>,
    pub location: Option<String>,
    pub at: OffsetDateTime,
}

/// Why a webhook is not taken.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error("the body is not what this carrier sends: {0}")]
    Malformed(String),
}

/// A carrier.
pub trait Carrier: fmt::Debug + Send + Sync {
    /// Its name in the database, in paths and settings.
    fn code(&self) -> &'static str;

    /// Its name for people.
    fn title(&self) -> &'static str;

    /// The number it will know a parcel by, the same for the same parcel, where it leaves a range of numbers to the shop;
    /// none where it gives the number itself, when the parcel is booked.
    fn own_number(&self, parcel: ParcelId) -> Option<String>;

    /// Its page about a parcel, for customers; none where it has no page that a number leads to.
    fn tracking_url(&self, tracking_number: &str) -> Option<String>;

    /// Asks it to take a parcel, and for its number and label. Called until it answers, always under the booking's key, and
    /// only where there is no [`Carrier::own_number`]. Never called in a transaction.
    fn book<'a>(&'a self, booking: &'a Booking) -> BoxFuture<'a, Result<Booked, Trouble>>;

    /// Tells it that a parcel that was booked stays with the shop; one that it does not know any more is no trouble. Where it
    /// refuses, it has the parcel.
    fn cancel<'a>(&'a self, tracking_number: &'a str) -> BoxFuture<'a, Result<(), Trouble>>;

    /// How often it is asked about each parcel under way; none when it tells by itself.
    fn pace(&self) -> Option<Duration>;

    /// Asks about parcels: whatever is known of them, also what was said before. Never called in a transaction.
    fn poll<'a>(
        &'a self,
        parcels: &'a [Asked],
        now: OffsetDateTime,
    ) -> BoxFuture<'a, anyhow::Result<Vec<Scan>>>;

    /// Checks and reads what it sent.
    ///
    /// # Errors
    ///
    /// As [`WebhookError`] says.
    fn webhook(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: OffsetDateTime,
    ) -> Result<Vec<Scan>, WebhookError>;
}

/// The carriers that are switched on; the first takes new parcels. Without any, staff hand each parcel to somebody.
#[derive(Debug, Clone)]
pub struct Carriers(Arc<[Arc<dyn Carrier>]>);

impl Carriers {
    /// Those `of` all carriers that have these codes, in the order of the codes.
    pub fn switched_on(codes: &[String], of: impl IntoIterator<Item = Arc<dyn Carrier>>) -> Self {
        let of: Vec<_> = of.into_iter().collect();
        Self(codes.iter().filter_map(|code| of.iter().find(|one| one.code() == code).cloned()).collect())
    }

    /// Who takes new parcels; nobody where they wait for staff.
    pub fn first(&self) -> Option<&dyn Carrier> {
        self.0.first().map(|carrier| &**carrier)
    }

    /// Whether a carrier that is switched on has numbered a parcel: it can go as it is.
    pub fn have_numbered(&self, parcel: &Parcel) -> bool {
        self.get(&parcel.carrier).is_some() && !parcel.is_unbooked()
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Arc<dyn Carrier>> {
        self.0.iter()
    }

    /// The carrier of this code, if it is switched on.
    pub fn get(&self, code: &str) -> Option<&dyn Carrier> {
        self.0.iter().find(|carrier| carrier.code() == code).map(|carrier| &**carrier)
    }

    /// What people call a carrier: one that no adapter knows is called as staff called it.
    pub fn title<'a>(&self, code: &'a str) -> &'a str {
        self.get(code).map_or(code, |carrier| carrier.title())
    }

    /// Where customers follow a parcel: as staff say, else its carrier's page.
    pub fn tracking_url(&self, parcel: &Parcel) -> Option<String> {
        let page = |carrier: &dyn Carrier| carrier.tracking_url(&parcel.tracking_number);
        let known = self.get(&parcel.carrier).filter(|_| !parcel.is_unbooked());
        parcel.tracking_url.clone().or_else(|| known.and_then(page))
    }

    /// When the carrier of a parcel is asked next.
    pub fn poll_at(&self, code: &str, state: State, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let pace = self.get(code).and_then(Carrier::pace).filter(|_| !state.is_end());
        pace.map(|pace| now + pace)
    }
}
