//! What changes rates, shipments and parcels, one use case a file. A command gets a unit of work and never a client.
//!
//! Everything that moves a parcel ends in [`record`]: whoever says it, and however often.

pub mod add_rate;
pub mod advance;
pub mod book;
pub mod cancel;
pub mod claim;
pub mod correct;
pub mod create;
pub mod dispatch;
pub mod edit_rate;
pub mod erase;
pub mod heard;
pub mod note;
pub mod readdress;
pub mod record;
pub mod split;
pub mod stop;

use warung_contracts::id::OrderId;

use crate::{carriers::Carriers, domain::State, metrics::ShipmentMetrics};

/// What commands work with.
#[derive(Debug, Clone)]
pub struct Desk {
    pub metrics: ShipmentMetrics,
    pub carriers: Carriers,
    /// Grams of a parcel at most when orders are packed; 0 never splits.
    pub parcel_max_grams: u64,
}

/// Why staff can't do something with a parcel.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the order {0} ships nothing")]
    NoShipment(OrderId),
    #[error("the shipment has no parcel {0}")]
    NoParcel(u32),
    /// It is past that.
    #[error("the parcel is {0}")]
    Past(State),
    /// Another parcel of that carrier has the tracking number.
    #[error("the tracking number is taken")]
    NumberTaken,
    /// No carrier has given it a number yet, and staff name none.
    #[error("the parcel has no carrier or tracking number yet")]
    NotBooked,
    /// Its carrier is told of another address.
    #[error("the booking of the parcel is called off")]
    Rebooked,
    /// Its order is being cancelled, and it stays here until that is decided.
    #[error("the order is being cancelled")]
    BeingCancelled,
    /// It has not left, so there is nothing to correct.
    #[error("the parcel is not dispatched yet")]
    NotDispatched,
    #[error(transparent)]
    Split(#[from] crate::domain::pack::SplitError),
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}
