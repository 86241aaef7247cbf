//! Writes the list of the services that the binary carries: one for each manifest.

use std::{env, fs, io, path::Path};

const MANIFESTS: &str = "../contracts/manifests";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={MANIFESTS}");
    println!("cargo::rerun-if-changed=Cargo.toml");
    let names = names()?;
    let dependencies = fs::read_to_string("Cargo.toml")?;
    for name in &names {
        // Cargo takes dependencies from this file alone: the one line that a new service can't do without.
        if !dependencies.contains(&format!("\nwarung-{name} = ")) {
            println!(
                "cargo::error=the crate of {name} is missing: cargo add --package warung --path services/{name}"
            );
        }
    }
    let all: Vec<String> =
        names.iter().map(|name| format!("warung_{}::service()", name.replace('-', "_"))).collect();
    let out = env::var_os("OUT_DIR").unwrap_or_default();
    fs::write(Path::new(&out).join("services.rs"), format!("[{}]", all.join(", ")))
}

/// Names of the services, which are those of their manifests' files.
fn names() -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(MANIFESTS)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}
