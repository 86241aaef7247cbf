//! Environment → typed settings; every fault is found at once and each is one line.
//!
//! A variable `WARUNG_X` may be given for one service alone as `WARUNG_<SERVICE>__X`, which wins: so that all services
//! fit in one process.

use std::{collections::HashMap, fmt, ops::RangeInclusive, str::FromStr, sync::Arc};

use secrecy::SecretString;
use warung_contracts::{
    currency::Currency,
    manifest::{Manifest, own_variable},
};

/// The process's environment, or a test's.
#[derive(Clone, Default)]
pub struct Env(Arc<HashMap<String, String>>);

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Env({} variables)", self.0.len())
    }
}

impl FromIterator<(String, String)> for Env {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(Arc::new(pairs.into_iter().collect()))
    }
}

impl Env {
    /// The process's environment, as it is now.
    pub fn process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with("WARUNG_"))
            .collect()
    }

    /// The same with these values where nothing is set.
    #[must_use]
    pub fn with_defaults(&self, defaults: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut all: HashMap<String, String> = defaults.into_iter().collect();
        all.extend(self.0.iter().map(|(name, value)| (name.clone(), value.clone())));
        Self(Arc::new(all))
    }

    /// The value of `WARUNG_<name>` for a service; empty counts as unset.
    pub fn get(&self, service: &str, name: &str) -> Option<&str> {
        let bare = name.strip_prefix("WARUNG_").unwrap_or(name);
        let own = own_variable(service, bare);
        let value = self.0.get(&own).or_else(|| self.0.get(&format!("WARUNG_{bare}")));
        value.map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// Variables that are missing or wrong, a line each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(pub Vec<String>);

/// Reads settings and gathers faults.
#[derive(Debug)]
pub struct Reader<'a> {
    manifest: &'a Manifest,
    env: &'a Env,
    faults: Vec<String>,
}

impl<'a> Reader<'a> {
    /// A reader of a service's settings.
    pub fn new(manifest: &'a Manifest, env: &'a Env) -> Self {
        Self { manifest, env, faults: Vec::new() }
    }

    /// A setting of the manifest, parsed; its default when unset.
    pub fn setting<T: FromStr>(&mut self, name: &str) -> Option<T>
    where
        T::Err: fmt::Display,
    {
        let Some(setting) = self.manifest.settings.iter().find(|setting| setting.name == name) else {
            self.faults.push(format!("{name} is not declared in the manifest of {}", self.manifest.name));
            return None;
        };
        let text = self.env.get(&self.manifest.name, name).unwrap_or(&setting.default);
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.faults.push(format!("{name} is {text:?}: {error} ({})", setting.doc));
                None
            }
        }
    }

    /// A whole number of the manifest within a range.
    pub fn number(&mut self, name: &str, range: RangeInclusive<u64>) -> u64 {
        let Some(value) = self.setting::<u64>(name) else { return *range.start() };
        if !range.contains(&value) {
            self.faults.push(format!("{name} is {value}; it must be {} to {}", range.start(), range.end()));
        }
        value
    }

    /// A text of the manifest.
    pub fn text(&mut self, name: &str) -> String {
        self.setting::<String>(name).unwrap_or_default()
    }

    /// A secret of the manifest; it has no default.
    pub fn secret(&mut self, name: &str) -> SecretString {
        if !self.manifest.secrets.iter().any(|secret| secret.name == name) {
            self.faults.push(format!("{name} is not declared in the manifest of {}", self.manifest.name));
        }
        self.required(name).into()
    }

    /// A variable that every process has, parsed; `default` when unset.
    pub fn common<T: FromStr>(&mut self, name: &str, default: &str) -> Option<T>
    where
        T::Err: fmt::Display,
    {
        let text = self.env.get(&self.manifest.name, name).unwrap_or(default);
        text.parse().map_err(|error| self.faults.push(format!("{name} is {text:?}: {error}"))).ok()
    }

    /// A variable that must be set. Its value is never part of a fault: it may hold a password.
    pub fn required(&mut self, name: &str) -> String {
        match self.env.get(&self.manifest.name, name) {
            Some(value) => value.to_owned(),
            None => {
                self.faults.push(format!("{name} is not set; the service {} needs it", self.manifest.name));
                String::new()
            }
        }
    }

    /// A variable that may be unset.
    pub fn optional(&self, name: &str) -> Option<String> {
        self.env.get(&self.manifest.name, name).map(str::to_owned)
    }

    /// Adds a fault.
    pub fn fault(&mut self, fault: String) {
        self.faults.push(fault);
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// All faults at once.
    pub fn finish(self) -> Result<(), ConfigError> {
        if self.faults.is_empty() { Ok(()) } else { Err(ConfigError(self.faults)) }
    }
}

/// What every service is told.
#[derive(Debug, Clone)]
pub struct Common {
    /// Name of the Shop.
    pub shop: String,
    /// The Shop's one currency.
    pub currency: Currency,
    /// Where customers reach the shop; also the issuer of its tokens.
    pub public_url: String,
    /// Address to listen on.
    pub bind: std::net::IpAddr,
    /// Where auth publishes its keys (RFC 7517).
    pub jwks_url: String,
    /// Connections to PostgreSQL at most.
    pub connections_max: u32,
}

impl Common {
    /// Reads the common variables.
    pub fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            shop: reader.common("WARUNG_SHOP", "warung")?,
            currency: reader.common("WARUNG_CURRENCY", "IDR")?,
            public_url: reader.common("WARUNG_PUBLIC_URL", "http://localhost")?,
            bind: reader.common("WARUNG_BIND", "0.0.0.0")?,
            jwks_url: reader.common("WARUNG_JWKS_URL", "http://auth:8081/.well-known/jwks.json")?,
            connections_max: reader.common("WARUNG_DATABASE_CONNECTIONS_MAX", "10")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use warung_contracts::manifest;

    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Env {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_services_own_variable_wins() {
        let env = env(&[("WARUNG_DATABASE_URL", "all"), ("WARUNG_ORDER__DATABASE_URL", "own")]);
        assert_eq!(env.get("order", "WARUNG_DATABASE_URL"), Some("own"));
        assert_eq!(env.get("cart", "WARUNG_DATABASE_URL"), Some("all"));
    }

    #[test]
    fn all_faults_are_found_at_once() {
        let env = env(&[("WARUNG_ORDER_DEADLINE_SECONDS", "soon")]);
        let mut reader = Reader::new(manifest::get("order"), &env);
        reader.number("WARUNG_ORDER_DEADLINE_SECONDS", 1..=10);
        reader.required("WARUNG_DATABASE_URL");
        let ConfigError(faults) = reader.finish().unwrap_err();
        assert_eq!(faults.len(), 2);
        assert!(faults[0].starts_with("WARUNG_ORDER_DEADLINE_SECONDS is \"soon\""), "{faults:?}");
        assert!(faults[1].starts_with("WARUNG_DATABASE_URL is not set"), "{faults:?}");
    }

    #[test]
    fn a_setting_that_no_manifest_declares_is_a_fault() {
        let env = env(&[]);
        let mut reader = Reader::new(manifest::get("order"), &env);
        reader.text("WARUNG_MADE_UP");
        assert!(reader.finish().is_err());
    }
}
