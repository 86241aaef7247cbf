//! The manifests: what the cluster and the other services must know of a service, as data.

mod check;
mod everyone;
pub mod means;
mod model;
mod provider;
mod variable;

pub use check::{Fault, check};
pub use model::*;
pub use provider::{Provider, SANDBOX, provider, providers};
pub use variable::*;

use std::sync::LazyLock;

use include_dir::{Dir, include_dir};

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/manifests");

static ALL: LazyLock<Vec<Manifest>> = LazyLock::new(|| {
    let mut all: Vec<Manifest> = FILES
        .files()
        .filter(|file| file.path().extension().is_some_and(|ext| ext == "toml"))
        .map(|file| {
            let path = file.path().display();
            let text = file.contents_utf8().unwrap_or_else(|| panic!("{path}: not UTF-8"));
            // The files are compiled in and parsed by this crate's tests: a bad one never leaves a build.
            toml::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}"))
        })
        .collect();
    all.sort_by_key(|manifest: &Manifest| manifest.port);
    everyone::name_callees(&mut all);
    all
});

/// Every service, in the order of their ports.
pub fn all() -> &'static [Manifest] {
    &ALL
}

/// The service of this name, if there is one.
pub fn find(name: &str) -> Option<&'static Manifest> {
    all().iter().find(|manifest| manifest.name == name)
}

/// The service of this name.
///
/// # Panics
///
/// When no manifest has the name: for services that name themselves.
pub fn get(name: &str) -> &'static Manifest {
    find(name).unwrap_or_else(|| panic!("no manifest is named {name}"))
}
