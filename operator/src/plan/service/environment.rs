//! The environment of a service: what is plain, what is secret, what comes from Secrets of the user.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use serde_json::{Value, json};
use warung_contracts::manifest::{
    JWKS_PATH, Manifest, SANDBOX, Setting, Source, service_key_variable, url_variable,
};

use crate::api::spec::{PaymentProvider, PaymentProviderName};
use crate::objects::labels::Component;
use crate::objects::{Object, kinds, names};
use crate::observe::Observed;
use crate::plan::{data, object, secret};
use crate::validate::credential::{
    PAYMENT_PROVIDERS, PAYMENT_PROVIDERS_KEPT, SMTP_URL, deals_with, has_setting,
};
use crate::validate::{Credential, ValidService, ValidShop};

/// Key of the database's URL, in Secrets and in the environment.
const DATABASE_URL: &str = "WARUNG_DATABASE_URL";

/// The setting that lists the carriers that are switched on.
const CARRIERS: &str = "WARUNG_CARRIERS";

/// Port of every provider's API.
const HTTPS: u16 = 443;
/// SMTP (RFC 5321), submission over TLS (RFC 8314) and submission (RFC 6409).
const MAIL: [u16; 3] = [25, 465, 587];

/// Everything a service's container reads from its environment.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Goes to the ConfigMap.
    plain: BTreeMap<String, String>,
    /// Goes to the Secret.
    secret: BTreeMap<String, String>,
    /// Out of Secrets of the user, one by one.
    credentials: Vec<Credential>,
}

impl Environment {
    /// The environment of one service.
    pub fn new(shop: &ValidShop, service: &ValidService, observed: &Observed) -> Self {
        let written = |name: &str| service.env.iter().any(|var| var.name == name);
        let credentials = service.credentials.iter().filter(|one| !written(&one.variable));
        Self {
            plain: plain(shop, service, observed),
            secret: secret(shop, service.manifest, observed),
            credentials: credentials.cloned().collect(),
        }
    }

    /// The ConfigMap, named like the service.
    pub fn config_map(&self, shop: &ValidShop, service: &str) -> Object {
        object(shop, kinds::CONFIG_MAP, service, (service, Component::Service), json!({ "data": self.plain }))
    }

    /// The Secret, named like the service.
    pub fn secret(&self, shop: &ValidShop, service: &str) -> Object {
        secret_object(shop, service, service, &self.secret)
    }

    /// `envFrom` of the container.
    pub fn env_from(&self, manifest: &Manifest) -> Value {
        let name = &manifest.name;
        let mut sources =
            vec![json!({ "configMapRef": { "name": name } }), json!({ "secretRef": { "name": name } })];
        if manifest.database.is_some() {
            sources.push(json!({ "secretRef": { "name": names::database(name) } }));
        }
        json!(sources)
    }

    /// `env` of the container: what Secrets of the user hold, then what the user wrote.
    pub fn env(&self, service: &ValidService) -> Value {
        let credential = |Credential { variable, secret, key }: &Credential| json!({ "name": variable, "valueFrom": { "secretKeyRef": { "name": secret, "key": key } } });
        let own = service.env.iter().map(|var| json!({ "name": var.name, "value": var.value }));
        Value::Array(self.credentials.iter().map(credential).chain(own).collect())
    }

    /// Changes whenever anything the container reads changes, so that its pods are replaced.
    pub fn checksum(&self, shop: &ValidShop, service: &str, observed: &Observed) -> String {
        let value = |one: &Credential| observed.referenced.get(&one.secret)?.get(&one.key).cloned();
        let users: Vec<_> = self.credentials.iter().map(|one| (&one.variable, value(one))).collect();
        let database = data::database_url(shop, service, observed);
        super::super::digest(&json!([self.plain, self.secret, users, database]))
    }
}

/// The Secret with a service's database URL; its migration reads nothing else.
pub fn database_secret(shop: &ValidShop, service: &str, observed: &Observed) -> Object {
    let values = BTreeMap::from([(DATABASE_URL.to_owned(), data::database_url(shop, service, observed))]);
    secret_object(shop, &names::database(service), service, &values)
}

/// `env` of a migration's container.
pub fn for_migration(shop: &ValidShop, service: &str) -> Value {
    json!([
        { "name": "WARUNG_SHOP", "value": shop.name },
        { "name": "WARUNG_CURRENCY", "value": shop.currency },
        {
            "name": DATABASE_URL,
            "valueFrom": { "secretKeyRef": { "name": names::database(service), "key": DATABASE_URL } },
        },
    ])
}

fn secret_object(shop: &ValidShop, name: &str, service: &str, values: &BTreeMap<String, String>) -> Object {
    let encode = |value: &String| base64::engine::general_purpose::STANDARD.encode(value);
    let data: BTreeMap<&String, String> = values.iter().map(|(key, value)| (key, encode(value))).collect();
    object(
        shop,
        kinds::SECRET,
        name,
        (service, Component::Service),
        json!({ "type": "Opaque", "data": data }),
    )
}

fn plain(shop: &ValidShop, service: &ValidService, observed: &Observed) -> BTreeMap<String, String> {
    let manifest = service.manifest;
    let mut all: BTreeMap<String, String> = BTreeMap::from([
        ("WARUNG_SHOP".into(), shop.name.clone()),
        ("WARUNG_CURRENCY".into(), shop.currency.clone()),
        ("WARUNG_PUBLIC_URL".into(), shop.public_url.clone()),
        ("WARUNG_BIND".into(), "0.0.0.0".into()),
        ("WARUNG_NATS_URL".into(), data::nats_url(shop)),
    ]);
    if let Some((user, _)) = data::nats_login(shop, &manifest.name, observed) {
        all.insert("WARUNG_NATS_USER".into(), user);
    }
    if let Some(signer) = token_signer(shop) {
        all.insert("WARUNG_JWKS_URL".into(), format!("http://{}:{}{JWKS_PATH}", signer.name, signer.port));
    }
    for callee in manifest.callees().into_iter().filter_map(|name| shop.service(name)) {
        let (name, port) = (&callee.manifest.name, callee.manifest.port);
        all.insert(url_variable(name), format!("http://{name}:{port}"));
    }
    if let Some(endpoint) = &shop.observability.tracing_endpoint {
        all.insert("WARUNG_OTLP_ENDPOINT".into(), endpoint.clone());
    }
    let replaced = |name: &str| service.credentials.iter().any(|one| one.variable == name);
    let spec = json!({ "commerce": shop.commerce, "notifications": shop.notifications });
    for setting in manifest.settings.iter().filter(|setting| !replaced(&setting.name)) {
        all.insert(setting.name.clone(), setting_value(shop, &spec, setting));
    }
    all
}

fn setting_value(shop: &ValidShop, spec: &Value, setting: &Setting) -> String {
    match setting.name.as_str() {
        PAYMENT_PROVIDERS => return providers(shop, true),
        PAYMENT_PROVIDERS_KEPT => return providers(shop, false),
        CARRIERS => return carriers(shop, &setting.default),
        _ => {}
    }
    let said = setting.from.as_ref().and_then(|field| said(spec, field));
    said.or_else(|| methods(shop, &setting.name)).unwrap_or_else(|| setting.default.clone())
}

/// The providers that are offered, or those that are only kept.
fn providers(shop: &ValidShop, offered: bool) -> String {
    let those = shop.payments.providers.iter().filter(|provider| provider.offered == offered);
    let names: Vec<&str> = those.map(|provider| provider.name.as_str()).collect();
    names.join(",")
}

/// The carriers that take parcels by themselves: the sandbox does so only where payments are its like, or goods that were
/// paid for would be told to be on their way.
fn carriers(shop: &ValidShop, default: &str) -> String {
    let real = |code: &&str| shop.is_in_test_mode() || *code != SANDBOX;
    let names: Vec<&str> = default.split(',').map(str::trim).filter(real).collect();
    // An empty variable counts as unset.
    if names.is_empty() { "none".to_owned() } else { names.join(",") }
}

/// What the Shop says at a field, as a variable has it.
fn said(spec: &Value, field: &Source) -> Option<String> {
    let value = field.spec.split('.').try_fold(spec, |value, name| value.get(name))?;
    match value {
        Value::Number(number) => Some((number.as_i64()? + field.add).to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The payment methods of the provider whose setting this is, where the Shop names any.
fn methods(shop: &ValidShop, name: &str) -> Option<String> {
    let of = |provider: &&PaymentProvider| name == format!("{}METHODS", provider.name.prefix());
    let provider = shop.payments.providers.iter().find(of)?;
    (!provider.methods.is_empty()).then(|| provider.methods.join(","))
}

fn secret(shop: &ValidShop, manifest: &Manifest, observed: &Observed) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    if let Some((_, password)) = data::nats_login(shop, &manifest.name, observed) {
        all.insert("WARUNG_NATS_PASSWORD".into(), password);
    }
    if manifest.redis {
        all.insert("WARUNG_REDIS_URL".into(), data::redis_url(shop, observed));
    }
    for callee in
        manifest.serves.first().map(|_| manifest.name.as_str()).into_iter().chain(manifest.callees())
    {
        let key = observed.secret_value(&names::credentials(callee), secret::SERVICE_KEY);
        all.insert(service_key_variable(callee), key.unwrap_or_default());
    }
    let credentials = names::credentials(&manifest.name);
    for secret in &manifest.secrets {
        let value = observed.secret_value(&credentials, &secret.name).unwrap_or_default();
        all.insert(secret.name.clone(), value);
    }
    all
}

/// Ports of providers and mail servers outside the cluster that a service is configured to talk to.
pub fn outside_ports(shop: &ValidShop, service: &ValidService, observed: &Observed) -> BTreeSet<u16> {
    let manifest = service.manifest;
    // What the user writes for this service wins over the operator's.
    let own = |name: &str| service.env.iter().rev().find(|var| var.name == name).map(|var| var.value.clone());
    let mut ports = BTreeSet::new();
    let lists = [(PAYMENT_PROVIDERS, true), (PAYMENT_PROVIDERS_KEPT, false)];
    let lists = lists.map(|(name, offered)| own(name).unwrap_or_else(|| providers(shop, offered)));
    let wanted = |provider: &PaymentProviderName| {
        lists.iter().flat_map(|list| list.split(',')).any(|name| name.trim() == provider.as_str())
    };
    if PaymentProviderName::ALL.into_iter().filter(wanted).any(|provider| deals_with(manifest, provider)) {
        ports.insert(HTTPS);
    }
    if has_setting(manifest, SMTP_URL) {
        let notifications = &shop.notifications;
        if notifications.sms.is_some() || notifications.push.is_some() {
            ports.insert(HTTPS);
        }
        let secret = notifications.smtp.as_ref().and_then(|smtp| {
            let value = observed.referenced.get(&smtp.secret_ref.name)?.get(&smtp.secret_ref.key)?;
            String::from_utf8(value.clone()).ok()
        });
        if let Some(url) = own(SMTP_URL).or(secret).filter(|url| !url.trim().is_empty()) {
            match url::Url::parse(url.trim()).ok().and_then(|url| url.port()) {
                Some(port) => ports.extend([port]),
                None => ports.extend(MAIL),
            }
        }
    }
    ports
}

/// The service whose key signs access tokens.
pub fn token_signer(shop: &ValidShop) -> Option<&'static Manifest> {
    shop.services.iter().map(|service| service.manifest).find(|manifest| manifest.signs_tokens())
}
