//! What an order is and how it may change. Pure: no database, no network, no clock.

mod draft;
mod order;
mod transition;

pub use draft::{CartLine, Draft, Offer, Refusal};
pub use order::{Action, Actor, Order, State};
pub use transition::{Fact, Step, step};
