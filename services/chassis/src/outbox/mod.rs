//! Events on their way out: written with the change that caused them, published by the relay.

pub mod bell;
mod held;
pub mod relay;
pub mod store;
