//! Variables whose names nobody knows.

use warung_contracts::manifest::{self, Manifest, service_key_variable, url_variable, variable_prefix};

/// What every process reads beside what its manifest names.
const COMMON: [&str; 13] = [
    "WARUNG_SHOP",
    "WARUNG_CURRENCY",
    "WARUNG_PUBLIC_URL",
    "WARUNG_BIND",
    "WARUNG_JWKS_URL",
    "WARUNG_DATABASE_URL",
    "WARUNG_DATABASE_CONNECTIONS_MAX",
    "WARUNG_REDIS_URL",
    "WARUNG_NATS_URL",
    "WARUNG_NATS_USER",
    "WARUNG_NATS_PASSWORD",
    "WARUNG_LOG",
    "WARUNG_OTLP_ENDPOINT",
];

/// Whether a variable begins like one of a service, `WARUNG_<SERVICE>_`, and no service has it.
///
/// Others may have variables that begin with `WARUNG_` too: the testbed, the tests, the operator.
pub fn is_misspelt(variable: &str) -> bool {
    let services = manifest::all().iter();
    let mut rests =
        services.filter_map(|manifest| variable.strip_prefix(&variable_prefix(&manifest.name))).peekable();
    rests.peek().is_some() && !is_known(variable) && !rests.any(is_own)
}

/// Whether `WARUNG_<SERVICE>_` is followed by a name for that service alone: `WARUNG_ORDER__DATABASE_URL`.
fn is_own(rest: &str) -> bool {
    rest.strip_prefix('_').is_some_and(|bare| is_known(&format!("WARUNG_{bare}")))
}

fn is_known(variable: &str) -> bool {
    COMMON.contains(&variable) || manifest::all().iter().any(|manifest| names(manifest, variable))
}

fn names(manifest: &Manifest, variable: &str) -> bool {
    manifest.settings.iter().any(|setting| setting.name == variable)
        || manifest.secrets.iter().any(|secret| secret.name == variable)
        || variable == service_key_variable(&manifest.name)
        || variable == url_variable(&manifest.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_told_apart_from_those_of_services_and_of_others() {
        for misspelt in [
            "WARUNG_ORDER_DEDLINE_SECONDS",
            "WARUNG_ORDER__DATABSE_URL",
            "WARUNG_CART_LINE_MAX",
            "WARUNG_USER_",
        ] {
            assert!(is_misspelt(misspelt), "{misspelt}");
        }
        for other in ["WARUNG_CACHE", "WARUNG_TEST_NATS_URL", "WARUNG_OPERATOR_LEASE", "WARUNG_URL"] {
            assert!(!is_misspelt(other), "{other}");
        }
        for manifest in manifest::all() {
            let prefix = variable_prefix(&manifest.name);
            let named = manifest.settings.iter().map(|setting| setting.name.clone());
            let keys =
                manifest.secrets.iter().map(|secret| secret.name.clone()).chain(manifest.service_keys());
            for name in named.chain(keys).chain(COMMON.map(str::to_owned)) {
                let own = format!("{prefix}_{}", name.trim_start_matches("WARUNG_"));
                assert!(!is_misspelt(&name) && !is_misspelt(&own), "{name}, {own}");
            }
            assert!(!is_misspelt(&format!("{prefix}URL")));
        }
    }
}
