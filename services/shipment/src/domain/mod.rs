//! What a parcel is and how it may change. Pure: no database, no network, no clock.

pub mod goods;
pub mod quote;
pub mod rate;
mod shipment;
mod transition;

pub use shipment::{Shipment, State};
pub use transition::{Fact, Step, step};
