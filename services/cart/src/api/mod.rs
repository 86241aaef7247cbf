//! The doors: REST, gRPC, events.

pub mod events;
pub mod grpc;
mod problems;
pub mod rest;

use warung_contracts::currency::Currency;

use crate::{catalog::Catalog, store::Carts};

/// What every door needs.
#[derive(Debug, Clone)]
pub struct App {
    pub carts: Carts,
    pub catalog: Catalog,
    /// The shop's one currency.
    pub currency: Currency,
}
