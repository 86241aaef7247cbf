//! The configurations held against the gateways they are for: Kong's published schemas, and a real Envoy.

mod envoy_runs;
mod envoy_streams;
mod envoy_validates;
mod kong_schema;
mod objects;

use std::collections::BTreeMap;
use std::path::PathBuf;

use warung_contracts::manifest::{self, RateClass};
use warung_operator::plan::gateway::settings::{Settings, TokenKey};
use warung_operator::plan::route::{Route, table};

/// The public key of RFC 7515, appendix A.3.
const EXAMPLE_KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END PUBLIC KEY-----
";

/// A Shop's settings, with a limit that is soon reached.
fn example() -> Settings {
    Settings {
        issuer: "https://kopi.example.com".into(),
        token_keys: vec![TokenKey::from_pem(EXAMPLE_KEY).expect("a key")],
        cors_origins: vec!["https://kopi.example.com".into()],
        cors_max_age_seconds: 600,
        limits: BTreeMap::from([(RateClass::Login, 3)]),
        body_bytes_max: 1024 * 1024,
        tls: false,
        redis: None,
        tracing: None,
    }
}

/// The routes of the real manifests.
fn routes() -> Vec<Route> {
    table(manifest::all()).expect("the manifests' paths parse")
}

/// The Envoy that `testbed/tools/install control-plane` puts in place.
///
/// # Panics
///
/// When it isn't there: a test that can't run has failed.
fn envoy() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").expect("HOME is set")).join(".cache/warung");
    let cache = std::env::var_os("WARUNG_CACHE").map_or_else(home, PathBuf::from);
    let envoy = cache.join("bin/envoy");
    assert!(envoy.exists(), "{} is missing: run testbed/tools/install control-plane", envoy.display());
    envoy
}
