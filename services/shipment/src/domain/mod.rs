//! What a parcel is and how it may change. Pure: no database, no network, no clock.

mod shipment;
mod transition;

pub use shipment::{Shipment, State};
pub use transition::{Fact, Step, step};
