//! Environment → typed settings; every fault is found at once and each is one line.
//!
//! A variable `WARUNG_X` may be given for one service alone as `WARUNG_<SERVICE>__X`, which wins: so that all services
//! fit in one process.

mod address;
mod common;
mod unknown;

use std::{collections::HashMap, fmt, ops::RangeInclusive, str::FromStr, sync::Arc};

use secrecy::SecretString;
use warung_contracts::manifest::{Manifest, own_variable};

pub use self::{address::Address, common::Common};

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

    /// Variables that are named like a service's own and that no service has, sorted: their names are misspelt.
    pub fn unknown(&self) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.0.keys().map(String::as_str).filter(|name| unknown::is_misspelt(name)).collect();
        names.sort_unstable();
        names
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

    /// A list of the manifest: texts with commas between.
    pub fn list(&mut self, name: &str) -> Vec<String> {
        let text = self.text(name);
        text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
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

    /// Likewise a number within a range.
    pub fn common_number<T>(&mut self, name: &str, default: &str, range: RangeInclusive<T>) -> Option<T>
    where
        T: FromStr<Err: fmt::Display> + PartialOrd + fmt::Display,
    {
        let value = self.common::<T>(name, default)?;
        if range.contains(&value) {
            return Some(value);
        }
        self.faults.push(format!("{name} is {value}; it must be {} to {}", range.start(), range.end()));
        None
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

    /// The address of a store, which must be set. None when it is missing or wrong, which is noted.
    pub fn required_address(&mut self, name: &str, address: &Address) -> Option<String> {
        let text = self.required(name);
        (!text.is_empty()).then(|| self.checked(name, &text, address)).flatten()
    }

    /// The address of a server; `default` when unset. None when it is wrong, which is noted.
    pub fn common_address(&mut self, name: &str, default: &str, address: &Address) -> Option<String> {
        let text = self.env.get(&self.manifest.name, name).unwrap_or(default);
        self.checked(name, text, address)
    }

    fn checked(&mut self, name: &str, text: &str, address: &Address) -> Option<String> {
        address.check(name, text).map_err(|fault| self.faults.push(fault)).ok()?;
        Some(text.to_owned())
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
    fn what_every_service_is_told_is_checked() {
        let wrong = [
            ("WARUNG_PUBLIC_URL", "nourl"),
            ("WARUNG_JWKS_URL", "foo"),
            ("WARUNG_DATABASE_CONNECTIONS_MAX", "0"),
            ("WARUNG_CURRENCY", "rupiah"),
        ];
        for (name, value) in wrong {
            let env = env(&[(name, value)]);
            let mut reader = Reader::new(manifest::get("order"), &env);
            Common::read(&mut reader);
            let ConfigError(faults) = reader.finish().expect_err(name);
            assert!(faults.len() == 1 && faults[0].starts_with(name), "{faults:?}");
        }
    }

    #[test]
    fn a_wrong_address_is_a_fault_that_keeps_its_password() {
        let env =
            env(&[("WARUNG_DATABASE_URL", "mysql://x:hunter2@y"), ("WARUNG_NATS_URL", "nats://nats:4222")]);
        let mut reader = Reader::new(manifest::get("order"), &env);
        reader.required_address("WARUNG_DATABASE_URL", &Address::POSTGRES);
        reader.required_address("WARUNG_NATS_URL", &Address::NATS);
        let ConfigError(faults) = reader.finish().unwrap_err();
        assert_eq!(
            faults,
            ["WARUNG_DATABASE_URL is no such URL as postgres://user:password@host:5432/name; write one"]
        );
    }

    #[test]
    fn a_setting_that_no_manifest_declares_is_a_fault() {
        let env = env(&[]);
        let mut reader = Reader::new(manifest::get("order"), &env);
        reader.text("WARUNG_MADE_UP");
        assert!(reader.finish().is_err());
    }
}
