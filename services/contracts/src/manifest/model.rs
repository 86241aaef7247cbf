//! The shape of a manifest file.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Provider, service_key_variable};
use crate::permission::Permission;

/// One service, as the rest of the system sees it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// DNS label; also the name of its database, role, NATS user, Deployment and Service.
    pub name: String,
    /// One line for people.
    pub summary: String,
    /// REST and gRPC (h2c), 1 to 65535, unique among the services so that all fit in one process.
    pub port: u16,
    /// Health and metrics; plaintext even in a mesh, so that probes and Prometheus reach it.
    pub admin_port: u16,
    /// Its PostgreSQL database, where it has one.
    #[serde(default)]
    pub database: Option<Database>,
    /// Whether it needs Redis.
    #[serde(default)]
    pub redis: bool,
    /// Events it writes to its outbox.
    #[serde(default)]
    pub publishes: Vec<Publishes>,
    /// Events it handles.
    #[serde(default)]
    pub consumes: Vec<Consumes>,
    /// gRPC methods it serves to other services.
    #[serde(default)]
    pub serves: Vec<Serves>,
    /// gRPC methods of other services that it calls.
    #[serde(default)]
    pub calls: Vec<Calls>,
    /// REST endpoints the gateway lets through.
    #[serde(default)]
    pub routes: Vec<Route>,
    /// Payment providers it can pay through.
    #[serde(default)]
    pub providers: Vec<Provider>,
    /// Plain settings, by environment variable.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// Secret settings, by environment variable.
    #[serde(default)]
    pub secrets: Vec<SecretSetting>,
}

/// The database of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Schema versions (numbers of applied migrations) that this image can serve.
    pub schema: SchemaRange,
}

/// An inclusive range of schema versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemaRange {
    /// The oldest schema this image still works on.
    pub oldest: u32,
    /// The schema that this image's migrations lead to.
    pub newest: u32,
}

/// An event a service publishes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publishes {
    /// Event type, which is also the NATS subject: `warung.<service>.<what>.v<N>`.
    pub event: String,
}

/// An event a service handles.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consumes {
    /// Event type.
    pub event: String,
}

/// A gRPC method a service offers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Serves {
    /// `<package>.<Service>/<Method>`.
    pub rpc: String,
}

/// A gRPC method a service calls.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calls {
    /// The service called; `*` in a file stands for each that serves it, and is never seen outside of this module.
    pub service: String,
    /// `<package>.<Service>/<Method>`.
    pub rpc: String,
    /// Whether the caller does without an answer. Then nobody waits for the other when an upgrade rolls them, and each of two
    /// services may call the other.
    #[serde(default)]
    pub optional: bool,
}

/// A public REST endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// HTTP method.
    pub method: Method,
    /// Path template; `{name}` stands for one segment.
    pub path: String,
    /// Who may call.
    pub access: Access,
    /// Which rate limit counts the call.
    #[serde(default)]
    pub rate: RateClass,
    /// Whether the endpoint demands an `Idempotency-Key`.
    #[serde(default)]
    pub idempotent: bool,
    /// Whether its body and its answer are passed on as they come, however long they are and however long that takes; only
    /// silence ends them.
    #[serde(default)]
    pub stream: bool,
}

/// HTTP methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The method as HTTP spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Who may call an endpoint. The gateway checks the token, the service checks again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Access {
    /// `public`: anybody; a token is ignored.
    Public,
    /// `guest`: anybody; a token, when sent, must be valid.
    Guest,
    /// `customer`: whoever has a valid token.
    Customer,
    /// The word of a permission: whoever has a valid token with a role that has it.
    Permission(Permission),
}

impl TryFrom<String> for Access {
    type Error = NoAccess;

    fn try_from(word: String) -> Result<Self, NoAccess> {
        match word.as_str() {
            "public" => Ok(Self::Public),
            "guest" => Ok(Self::Guest),
            "customer" => Ok(Self::Customer),
            _ => Permission::find(&word).map(Self::Permission).ok_or(NoAccess(word)),
        }
    }
}

/// A word that says nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("access {0:?} is none of public, guest, customer, and no permission of src/permission.rs")]
pub struct NoAccess(String);

impl Access {
    /// Whether a call without a token is refused.
    pub fn needs_token(self) -> bool {
        matches!(self, Self::Customer | Self::Permission(_))
    }

    /// What a caller's role must allow, beyond having a token.
    pub fn permission(self) -> Option<Permission> {
        match self {
            Self::Permission(permission) => Some(permission),
            Self::Public | Self::Guest | Self::Customer => None,
        }
    }
}

/// Buckets of rate limits; the limits themselves are the Shop's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateClass {
    #[default]
    Default,
    Login,
    Search,
    Checkout,
    Webhook,
}

impl RateClass {
    /// Every class.
    pub const ALL: [Self; 5] = [Self::Default, Self::Login, Self::Search, Self::Checkout, Self::Webhook];

    /// The name used in a Shop's `gateway.rateLimits`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Login => "login",
            Self::Search => "search",
            Self::Checkout => "checkout",
            Self::Webhook => "webhook",
        }
    }

    /// Requests per minute and client address when the Shop says nothing.
    pub fn default_per_minute(self) -> u32 {
        match self {
            Self::Default => 1200,
            Self::Login => 60,
            Self::Search => 600,
            Self::Checkout => 120,
            Self::Webhook => 6000,
        }
    }
}

/// A plain setting.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Environment variable.
    pub name: String,
    /// What it does, its unit and range.
    pub doc: String,
    /// The value when nobody says otherwise.
    pub default: String,
    /// Whether a Secret may carry it, because a value can hold a password.
    #[serde(default)]
    pub secret_override: bool,
    /// The field of a Shop that says it, where there is one.
    #[serde(default)]
    pub from: Option<Source>,
}

/// A field of a Shop that says the value of a setting.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its path below `spec`, such as `commerce.returnDays`.
    pub spec: String,
    /// Added to the number that it says: one clock that has to wait longer than another names the same field.
    #[serde(default)]
    pub add: i64,
}

/// A secret setting; the operator makes its value once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretSetting {
    /// Environment variable.
    pub name: String,
    /// What it does.
    pub doc: String,
    /// What to generate.
    pub kind: SecretKind,
}

/// What a generated secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretKind {
    /// 32 random letters and digits.
    Password,
    /// A P-256 private key, PKCS#8 PEM.
    Es256PrivateKey,
}

impl SecretKind {
    /// A value of this kind that protects nothing: for printing documents and rendering manifests.
    pub fn example(self) -> String {
        match self {
            Self::Password => "example".into(),
            Self::Es256PrivateKey => EXAMPLE_KEY.into(),
        }
    }
}

/// A P-256 key that is public by being here.
const EXAMPLE_KEY: &str = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/mMKPdYDJ4BQ9cRYX78FQSbjFsJk2XDq462Bs8kksZahRANCAAR7Bv7Fgun8oVqUBFrZB3V1kuA7zUyaW4jwXPGj2ha3hQrWB+zRt+gNEcMfCz7F9sQcbE0uYVbHmV2QmJZAt9x/\n-----END PRIVATE KEY-----\n";

/// Path under which the service that signs access tokens publishes its keys (RFC 7517).
pub const JWKS_PATH: &str = "/.well-known/jwks.json";

impl Manifest {
    /// Whether it is the service that signs access tokens.
    pub fn signs_tokens(&self) -> bool {
        self.routes.iter().any(|route| route.path == JWKS_PATH)
    }

    /// Name of the JetStream stream that holds this service's events, where it has any.
    pub fn stream(&self) -> Option<String> {
        (!self.publishes.is_empty()).then(|| self.name.to_uppercase())
    }

    /// The distinct services this one calls.
    pub fn callees(&self) -> Vec<&str> {
        services(self.calls.iter())
    }

    /// Those of them that it can't do without.
    pub fn needs(&self) -> Vec<&str> {
        services(self.calls.iter().filter(|call| !call.optional))
    }

    /// The variables with the service keys that this service holds: its own, to check callers by, when it serves gRPC to
    /// others, and that of each service it calls.
    pub fn service_keys(&self) -> BTreeSet<String> {
        let own = (!self.serves.is_empty()).then_some(self.name.as_str());
        own.into_iter().chain(self.callees()).map(service_key_variable).collect()
    }

    /// The service that owns an event type: the second word of `warung.<service>.…`.
    pub fn owner_of(event: &str) -> Option<&str> {
        event.split('.').nth(1)
    }
}

/// The distinct services of calls.
fn services<'c>(calls: impl Iterator<Item = &'c Calls>) -> Vec<&'c str> {
    let mut names: Vec<&str> = calls.map(|call| call.service.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::manifest;

    #[test]
    fn settings_that_one_field_says_agree_without_it() {
        let mut bases: BTreeMap<&str, (i64, &str)> = BTreeMap::new();
        for setting in manifest::all().iter().flat_map(|m| &m.settings) {
            let (Some(from), Ok(default)) = (&setting.from, setting.default.parse::<i64>()) else { continue };
            let base = default - from.add;
            let (other, name) = *bases.entry(&from.spec).or_insert((base, &setting.name));
            assert_eq!(other, base, "{} and {name} name {}", setting.name, from.spec);
        }
        assert!(bases.contains_key("commerce.paymentDeadlineSeconds"));
    }

    #[test]
    fn a_service_holds_its_own_key_and_those_of_whom_it_calls() {
        for service in manifest::all() {
            let keys = service.service_keys();
            let own = manifest::service_key_variable(&service.name);
            assert_eq!(keys.contains(&own), !service.serves.is_empty(), "{}", service.name);
            for other in manifest::all().iter().filter(|other| other.name != service.name) {
                let calls = service.calls.iter().any(|call| call.service == other.name);
                let key = manifest::service_key_variable(&other.name);
                assert_eq!(keys.contains(&key), calls, "{} → {}", service.name, other.name);
            }
        }
    }
}
