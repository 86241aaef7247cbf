//! What an order is and how it may change. Pure: no database, no network, no clock.

mod action;
mod address;
mod cart;
pub mod coupon;
mod draft;
pub mod guest;
mod identity;
mod look;
mod number;
mod order;
mod pick;
mod progress;
pub mod promotion;
pub mod returns;
pub mod scope;
mod standing;
pub mod story;
pub mod tax;
pub mod totals;
mod transition;
mod tries;
pub mod words;

pub use action::{Action, Viewer};
pub use address::NoAddress;
pub use cart::CartState;
pub use draft::{Draft, Terms};
pub use identity::Identity;
pub use look::Look;
pub use number::number;
pub use order::{Actor, GuestKeys, HeldPayment, Line, Order, OrderDispute, State};
pub use pick::{CartLine, Measures, Offer, Pick, Refusal, Short, Untaxable, pick};
pub use progress::{Detail, FIRST, Misfit, Overdrawn, Progress};
pub use standing::{PaymentState, ShipmentState};
pub use transition::{Fact, Step, step};
pub use tries::Tries;
