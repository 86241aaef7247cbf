//! What services take out of Secrets of the user.
//!
//! Whoever writes such a Secret must not decide more than the credentials it is for. So a key becomes a variable only
//! where the section of the Shop that names the Secret and the manifest of the service agree on it; a database's URL or
//! another service's key is on no such list.

use warung_contracts::manifest::Manifest;

use super::SecretFault;
use super::store::url_of;
use crate::api::ShopSpec;
use crate::api::spec::{PaymentProviderName, SecretKeyRef};
use crate::observe::Observed;

/// The setting that lists payment providers, of services that deal with them.
pub const PAYMENT_PROVIDERS: &str = "WARUNG_PAYMENT_PROVIDERS";
/// The setting that lists those of them that are only kept for what was opened before.
pub const PAYMENT_PROVIDERS_KEPT: &str = "WARUNG_PAYMENT_PROVIDERS_KEPT";
/// The setting with the mail server, of services that tell people something.
pub const SMTP_URL: &str = "WARUNG_SMTP_URL";
/// How every variable of ours begins: such a key that nobody takes is a mistake, any other is somebody else's.
const OURS: &str = "WARUNG_";

/// A variable of a service, out of one key of a Secret of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    pub variable: String,
    /// Name of the Secret.
    pub secret: String,
    /// Key in the Secret.
    pub key: String,
}

/// A Secret whose keys are variables by name, and what it is for.
struct Source {
    field: String,
    secret: String,
    section: Section,
}

#[derive(Clone, Copy)]
enum Section {
    Provider(PaymentProviderName),
    Messages,
}

impl Section {
    /// Whether a service takes this key from a Secret of this section.
    fn takes(self, manifest: &Manifest, key: &str) -> bool {
        let named = manifest.settings.iter().any(|setting| setting.secret_override && setting.name == key);
        match self {
            Self::Provider(provider) => {
                let generated = manifest.secrets.iter().any(|secret| secret.name == key);
                key.starts_with(&provider.prefix()) && (named || generated)
            }
            Self::Messages => named && has_setting(manifest, SMTP_URL) && key != SMTP_URL,
        }
    }

    /// Every key that some service takes.
    fn keys(self, manifests: &[Manifest]) -> Vec<&str> {
        let all = manifests.iter().flat_map(|manifest| names_of(manifest).map(move |name| (manifest, name)));
        all.filter(|(manifest, name)| self.takes(manifest, name)).map(|(_, name)| name).collect()
    }
}

fn names_of(manifest: &Manifest) -> impl Iterator<Item = &str> {
    let settings = manifest.settings.iter().map(|setting| setting.name.as_str());
    settings.chain(manifest.secrets.iter().map(|secret| secret.name.as_str()))
}

fn sources(spec: &ShopSpec) -> Vec<Source> {
    let providers = spec.payments.providers.iter().filter_map(|provider| {
        let secret = provider.secret_ref.as_ref()?.name.clone();
        let field = format!("payments.providers[{}].secretRef", provider.name.as_str());
        Some(Source { field, secret, section: Section::Provider(provider.name) })
    });
    let sms = spec.notifications.sms.as_ref().map(|sms| ("sms", &sms.secret_ref));
    let push = spec.notifications.push.as_ref().map(|push| ("push", &push.secret_ref));
    let messages = sms.into_iter().chain(push).map(|(channel, secret)| Source {
        field: format!("notifications.{channel}.secretRef"),
        secret: secret.name.clone(),
        section: Section::Messages,
    });
    providers.chain(messages).collect()
}

/// What a service takes from the Secrets that were seen. Of two Secrets with the same key the first named counts.
pub fn of(manifest: &Manifest, spec: &ShopSpec, observed: &Observed) -> Vec<Credential> {
    let mut all = Vec::new();
    let overridden = |name: &str| manifest.settings.iter().any(|s| s.secret_override && s.name == name);
    if let Some(smtp) = spec.notifications.smtp.as_ref().filter(|_| overridden(SMTP_URL)) {
        let (secret, key) = (smtp.secret_ref.name.clone(), smtp.secret_ref.key.clone());
        all.push(Credential { variable: SMTP_URL.into(), secret, key });
    }
    for source in sources(spec) {
        let keys = observed.referenced.get(&source.secret).into_iter().flat_map(|data| data.keys());
        for key in keys.filter(|key| source.section.takes(manifest, key)) {
            if !all.iter().any(|taken| taken.variable == *key) {
                all.push(Credential {
                    variable: key.clone(),
                    secret: source.secret.clone(),
                    key: key.clone(),
                });
            }
        }
    }
    all
}

/// What is wrong with the Secrets that were seen: credentials that a service doesn't start without, and keys that look
/// like variables of ours and that no section of the Shop takes from their Secret.
pub fn faults(spec: &ShopSpec, observed: &Observed, manifests: &[Manifest]) -> Vec<SecretFault> {
    let sources = sources(spec);
    let lacking = sources.iter().flat_map(|source| lacking(source, spec, observed, manifests));
    lacking.chain(unknown(&sources, observed, manifests)).chain(mail_server(spec, observed)).collect()
}

/// Keys of a Secret that was seen and that would have to be there.
fn lacking(
    Source { field, secret, section }: &Source,
    spec: &ShopSpec,
    observed: &Observed,
    manifests: &[Manifest],
) -> Vec<SecretFault> {
    let Some(data) = observed.referenced.get(secret) else { return Vec::new() };
    let written = |key: &str| spec.services.values().any(|service| service.env.iter().any(|e| e.name == key));
    let has = |key: &str| data.get(key).is_some_and(|value| !value.is_empty()) || written(key);
    let (field, name) = (field.clone(), secret.clone());
    match section {
        Section::Provider(provider) => {
            let keys = manifests.iter().flat_map(|manifest| required(manifest, *provider));
            let lacks =
                |key: &str| SecretFault::Lacks { field: field.clone(), name: name.clone(), key: key.into() };
            keys.filter(|key| !has(key)).map(lacks).collect()
        }
        Section::Messages => {
            let known = section.keys(manifests);
            let idle = !known.iter().any(|key| has(key));
            idle.then(|| SecretFault::Idle { field, name, known: known.join(", ") }).into_iter().collect()
        }
    }
}

/// The credentials without which a service doesn't start when this provider is switched on.
fn required(manifest: &Manifest, provider: PaymentProviderName) -> impl Iterator<Item = &str> {
    let prefix = provider.prefix();
    let needed =
        manifest.settings.iter().filter(|setting| setting.secret_override && setting.default.is_empty());
    needed.map(|setting| setting.name.as_str()).filter(move |name| name.starts_with(&prefix))
}

/// A mail server's address that is none.
fn mail_server(spec: &ShopSpec, observed: &Observed) -> Option<SecretFault> {
    let SecretKeyRef { name, key } = spec.notifications.smtp.as_ref()?.secret_ref.clone();
    let value = observed.referenced.get(&name)?.get(&key)?;
    let (field, example) = ("notifications.smtp.secretRef".into(), "smtp://user:password@host:587");
    url_of(value, &["smtp", "smtps"]).is_none().then_some(SecretFault::Url { field, name, key, example })
}

fn unknown(sources: &[Source], observed: &Observed, manifests: &[Manifest]) -> Vec<SecretFault> {
    let mut faults: Vec<SecretFault> = Vec::new();
    for Source { field, secret, section } in sources {
        let taken = |key: &str| {
            let others = sources.iter().filter(|other| other.secret == *secret);
            others
                .flat_map(|other| manifests.iter().map(|m| (other.section, m)))
                .any(|(s, m)| s.takes(m, key))
        };
        let keys = observed.referenced.get(secret).into_iter().flat_map(|data| data.keys());
        for key in keys.filter(|key| key.starts_with(OURS) && !taken(key)) {
            let known = section.keys(manifests).join(", ");
            faults.push(SecretFault::Unknown {
                field: field.clone(),
                name: secret.clone(),
                key: key.clone(),
                known: if known.is_empty() { "none".into() } else { known },
            });
        }
    }
    faults
}

/// Secrets and keys that a complete Shop of this spec would have: for rendering without a cluster.
pub fn expected<'a>(spec: &ShopSpec, manifests: &'a [Manifest]) -> Vec<(String, &'a str)> {
    let keys = |source: Source| {
        let keys = source.section.keys(manifests).into_iter();
        keys.map(move |key| (source.secret.clone(), key)).collect::<Vec<_>>()
    };
    sources(spec).into_iter().flat_map(keys).collect()
}

/// Whether a service's manifest names credentials of this provider: whether it talks to it.
pub fn deals_with(manifest: &Manifest, provider: PaymentProviderName) -> bool {
    let prefix = provider.prefix();
    manifest.settings.iter().any(|setting| setting.secret_override && setting.name.starts_with(&prefix))
}

/// Whether a service's manifest has a setting of this name.
pub fn has_setting(manifest: &Manifest, name: &str) -> bool {
    manifest.settings.iter().any(|setting| setting.name == name)
}
