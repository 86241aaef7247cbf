//! The commands, a file each.

pub mod auth;
pub mod migrate;
pub mod openapi;
pub mod provision;
pub mod serve;

use warung_chassis::{config::ConfigError, service::Service};

/// The services a name means.
fn services(name: &str) -> Result<Vec<Service>, ConfigError> {
    crate::services::named(name).map_err(|text| ConfigError(vec![text]))
}
