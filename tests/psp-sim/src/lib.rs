//! Stateful simulators of payment companies, for tests and for development. No money moves here, and nothing leaves
//! the machine: servers listen on loopback, and webhooks go to loopback alone.
//!
//! ```text
//!            ┌ faults: time-outs, 5xx, resets ─ journal: what was said ─┐
//!  shop ────>│                                                          │──> a company's API ──> its books
//!            └──────────────────────────────────────────────────────────┘         │  ^
//!  shop <──── courier: webhooks, signed; held, doubled, dropped, late <───────────┘  │
//!  person or test ── `/_pay/{id}`, `/_sim/…`: what the customer does, the clock, faults ┘
//! ```
//!
//! The frame ([`start`], [`World`], [`courier`], [`faults`]) knows no company. To add one: a folder that implements
//! [`Company`], and an arm in `main.rs`. A company is written from what it publishes, never from an adapter, so that
//! both can't be wrong alike.

mod amount;
mod books;
mod clock;
pub mod control;
pub mod courier;
pub mod faults;
mod ids;
pub mod journal;
pub mod midtrans;
mod net;
mod page;
pub mod paypal;
mod world;
pub mod xendit;

pub use amount::Amount;
pub use books::{Act, Company, Customer, Listed, Refusal};
pub use clock::Clock;
pub use world::{Desk, Options, Sim, World, start};
