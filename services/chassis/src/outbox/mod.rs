//! Events on their way out: written with the change that caused them, published by the relay.

pub mod bell;
pub mod relay;
pub mod store;
