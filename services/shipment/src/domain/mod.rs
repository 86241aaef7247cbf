//! What sending costs, what a parcel is, and how it may change. Pure: no database, no network, no clock.

pub mod destinations;
pub mod goods;
pub mod pack;
pub mod quote;
pub mod rate;
mod shipment;
mod state;

pub use shipment::{Correction, Fate, Packed, Parcel, Shipment, piece_grams, weight_grams};
pub use state::{Fact, State, Step, step};
