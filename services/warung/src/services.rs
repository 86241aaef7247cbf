//! The services this binary carries: `build.rs` lists one for each manifest.

use warung_chassis::service::Service;

/// Every service, in the order of their ports.
pub fn all() -> Vec<Service> {
    let mut all = include!(concat!(env!("OUT_DIR"), "/services.rs")).to_vec();
    all.sort_by_key(|service| service.manifest().port);
    all
}

/// The services that a name means: one, or `all`.
///
/// # Errors
///
/// When nothing has the name; the text says what does.
pub fn named(name: &str) -> Result<Vec<Service>, String> {
    let all = all();
    let names: Vec<&str> = all.iter().map(|service| service.name).collect();
    if name == "all" {
        return Ok(all);
    }
    match all.iter().find(|service| service.name == name) {
        Some(service) => Ok(vec![*service]),
        None => Err(format!("there is no service {name:?}; write one of {}, or all", names.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_manifest_has_its_service() {
        let services: Vec<&str> = all().iter().map(|service| service.name).collect();
        assert_eq!(services, manifests());
    }

    fn manifests() -> Vec<&'static str> {
        warung_contracts::manifest::all().iter().map(|m| m.name.as_str()).collect()
    }

    /// Folders beside the services, of what they share and of this binary.
    const SHARED: [&str; 3] = ["chassis", "contracts", "warung"];

    #[test]
    fn every_crate_of_a_service_has_its_manifest() {
        let services = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap();
        let folders = services.map(|entry| entry.unwrap().path());
        for folder in folders.filter(|path| path.join("Cargo.toml").exists()) {
            let name = folder.file_name().unwrap().to_str().unwrap();
            let known = SHARED.contains(&name) || manifests().contains(&name);
            assert!(known, "services/{name} runs nowhere: write services/contracts/manifests/{name}.toml");
        }
    }

    #[test]
    fn a_database_and_its_schema_version_are_declared_as_they_are() {
        for service in all() {
            let declared = service.manifest().database.map(|database| database.schema.newest);
            assert_eq!(
                service.migrations.map(|m| m.version()),
                declared,
                "schema.newest of {}",
                service.name
            );
        }
    }

    /// What a crate's sources say, tests left out.
    fn sources(folder: &std::path::Path) -> String {
        let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        entries
            .map(|entry| entry.unwrap().path())
            .map(|path| if path.is_dir() { sources(&path) } else { std::fs::read_to_string(path).unwrap() })
            .collect()
    }

    #[test]
    fn every_event_is_made_by_its_owner_and_by_nobody_else() {
        for event in warung_contracts::event::TYPES {
            let schema = warung_contracts::event::schema(event).unwrap();
            let name = schema.get("title").and_then(|title| title.as_str()).unwrap().to_owned();
            for manifest in warung_contracts::manifest::all() {
                let folder = format!("{}/../{}/src", env!("CARGO_MANIFEST_DIR"), manifest.name);
                // However the lines are broken.
                let text = sources(folder.as_ref()).split_whitespace().collect::<Vec<_>>().join(" ");
                let made = ["emit(&", "-> ", "= "].map(|before| format!("{before}{name} {{"));
                let makes = made.iter().any(|made| text.contains(made));
                let declared = manifest.publishes.iter().any(|publishes| publishes.event == *event);
                assert_eq!(makes, declared, "{} and {event}: made (left), declared (right)", manifest.name);
            }
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        assert!(named("shop").unwrap_err().contains("auth, user, product"));
    }
}
