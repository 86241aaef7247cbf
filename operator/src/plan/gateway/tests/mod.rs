//! The configurations held against the gateways they are for: Kong's published schemas, and a real Envoy.

mod envoy_runs;
mod envoy_validates;
mod kong_schema;

use std::path::PathBuf;

use warung_contracts::manifest;

use super::route::{Route, table};

/// The routes of the real manifests.
fn routes() -> Vec<Route> {
    table(manifest::all()).expect("the manifests' paths parse")
}

/// The Envoy that `testbed/tools/install node` (or `lint`) puts in place.
///
/// # Panics
///
/// When it isn't there: a test that can't run has failed.
fn envoy() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").expect("HOME is set")).join(".cache/warung");
    let cache = std::env::var_os("WARUNG_CACHE").map_or_else(home, PathBuf::from);
    let envoy = cache.join("bin/envoy");
    assert!(envoy.exists(), "{} is missing: run testbed/tools/install node", envoy.display());
    envoy
}
