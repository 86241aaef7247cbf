//! Every object's name, once.

use sha2::{Digest, Sha256};

/// Deployment and Service of the gateway.
pub const GATEWAY: &str = "gateway";
/// StatefulSet, Service and superuser Secret of PostgreSQL.
pub const POSTGRES: &str = "postgres";
/// StatefulSet and Service of NATS, and the Secret of the operator's user there.
pub const NATS: &str = "nats";
/// StatefulSet, Service and password Secret of Redis.
pub const REDIS: &str = "redis";

/// Key of a store's own password in its credentials.
pub const PASSWORD: &str = "password";

/// NetworkPolicy of every migration's pods.
pub const MIGRATIONS: &str = "migrations";

/// Secret with what was generated once for a service or a store.
pub fn credentials(part: &str) -> String {
    format!("{part}-credentials")
}

/// Secret or ConfigMap with a store's configuration.
pub fn config(store: &str) -> String {
    format!("{store}-config")
}

/// Secret with the URL of a service's database.
pub fn database(service: &str) -> String {
    format!("{service}-database")
}

/// The part that a service's migration pods belong to.
pub fn migration_part(service: &str) -> String {
    format!("{service}-migrate")
}

/// The service whose migration pods belong to this part.
pub fn migrated(part: &str) -> Option<&str> {
    part.strip_suffix("-migrate")
}

/// The claim of an embedded store's only volume, as its StatefulSet names it.
pub fn claim(store: &str) -> String {
    format!("data-{store}-0")
}

/// The Job that migrates a service's database to a version.
pub fn migration(service: &str, version: &str) -> String {
    let plain = version.chars().all(|c| c.is_ascii_digit() || c == '.');
    let slug = version.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let name = format!("{service}-migrate-{slug}");
    // A pod's name adds a hyphen and five letters to the Job's; 1.0.0-1 and 1.0.0.1 must not share a name.
    if plain && name.len() <= 57 { name } else { fit(&name, version, 57) }
}

fn fit(name: &str, whole: &str, max: usize) -> String {
    let hash = &hex::encode(Sha256::digest(whole.as_bytes()))[..8];
    let head: String = name.chars().take(max - 9).collect();
    format!("{}-{hash}", head.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::migration;

    #[test]
    fn a_migration_is_named_by_service_and_version() {
        assert_eq!(migration("order", "0.1.0"), "order-migrate-0-1-0");
    }

    #[test]
    fn versions_that_look_alike_do_not_share_a_migration() {
        assert_ne!(migration("order", "1.0.0-1.2"), migration("order", "1.0.0-1-2"));
    }

    #[test]
    fn a_long_version_still_makes_a_name_that_fits() {
        let name = migration("notification", &format!("1.0.0-{}", "x".repeat(60)));
        assert!(name.len() <= 57, "{name}");
    }
}
