//! What a carrier is asked and answers when a parcel is booked.

use uuid::Uuid;
use warung_contracts::event::ShippingAddress;

/// A parcel that the carrier is to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Ours: asked again with the same one, the carrier makes no second booking. It is the parcel's id, or another where the
    /// parcel is booked anew.
    pub key: Uuid,
    /// What people call the order.
    pub order_number: String,
    pub to: ShippingAddress,
    /// 0 where nobody weighed it.
    pub weight_grams: u64,
}

/// The carrier takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    pub tracking_number: String,
    /// Where the carrier's own label is, to be printed; ours is used where it has none.
    pub label_url: Option<String>,
}

/// Why a carrier was not told.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// It says no for good, for people: such as an address that it does not serve.
    #[error("the carrier refuses: {0}")]
    Refused(String),
    /// Nobody knows whether it heard; it is told again under the same key.
    #[error("the carrier does not answer")]
    NoAnswer(#[source] anyhow::Error),
}
