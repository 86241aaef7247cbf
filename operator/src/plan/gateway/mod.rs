//! The way in: one route table, read off the manifests, as the configuration of Kong or of Envoy, and the pods that
//! run it.
//!
//! ```text
//! manifests ─> route table ─┬─> kong::configuration  ─┐
//! ValidShop ─> Settings ────┴─> envoy::configuration ─┴─> proxy (files, command, probes) ─> object (pods, policies)
//! ```

pub mod envoy;
pub mod kong;
mod object;
mod proxy;
pub mod settings;

use warung_contracts::manifest::Manifest;

use self::settings::{Settings, TokenKey};
use super::document::Fault;
use super::route::{BadPath, table};
use crate::objects::Object;
use crate::observe::Observed;
use crate::validate::ValidShop;

/// Container port for HTTP.
pub const HTTP_PORT: u16 = 8000;
/// Container port for HTTPS.
pub const HTTPS_PORT: u16 = 8443;
/// Container port for readiness and metrics.
pub const STATUS_PORT: u16 = 8100;

/// How long a stream (`stream` in the manifests) may be silent, in seconds: what a service has in hand when the last of a file
/// has come takes it no longer.
const STREAM_SILENCE_MAX_SECONDS: u32 = 300;

/// Why the gateway can't be planned; both are faults of the build, which its tests find.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A manifest has a path that no gateway can match.
    #[error("the route table can't be made")]
    Route(#[source] BadPath),
    /// A data file lacks what is filled in.
    #[error("the gateway's configuration can't be made")]
    Data(#[source] Fault),
}

/// The gateway's objects: all of them once a key that signs tokens exists, the ones that need no key before.
///
/// # Errors
///
/// [`Error`], for a build that its own tests would have refused.
pub fn plan(shop: &ValidShop, observed: &Observed) -> Result<Vec<Object>, Error> {
    let manifests: Vec<Manifest> = shop.services.iter().map(|service| service.manifest.clone()).collect();
    let routes = table(&manifests).map_err(Error::Route)?;
    let mut objects = object::fixed(shop, observed, &routes);
    let keys = observed.token_keys().map(|text| TokenKey::list(&text)).unwrap_or_default();
    if !keys.is_empty() {
        let settings = Settings::of(shop, keys);
        let proxy = proxy::of(shop, &routes, &settings).map_err(Error::Data)?;
        objects.extend(object::running(shop, observed, &proxy));
    }
    Ok(objects)
}
