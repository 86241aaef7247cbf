//! The Secrets of the user that a Shop refers to.

use super::ShopSpec;

/// A Secret that a field of the spec names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretReference {
    /// The field, below `spec`, for messages.
    pub field: String,
    /// Name of the Secret, in the Shop's namespace.
    pub name: String,
    /// Keys it must have.
    pub keys: Vec<String>,
}

impl ShopSpec {
    /// Every Secret the spec refers to, in the order of its sections.
    pub fn secrets(&self) -> Vec<SecretReference> {
        let mut all = Vec::new();
        let mut add = |field: &str, name: &str, keys: &[&str]| {
            let keys = keys.iter().map(ToString::to_string).collect();
            all.push(SecretReference { field: field.into(), name: name.into(), keys });
        };
        if let Some(store) = &self.postgres.external {
            add("postgres.external.secretRef", &store.secret_ref.name, &[&store.secret_ref.key]);
        }
        if let Some(store) = &self.nats.external {
            add("nats.external.secretRef", &store.secret_ref.name, &[&store.secret_ref.key]);
        }
        if let Some(store) = &self.redis.external {
            add("redis.external.secretRef", &store.secret_ref.name, &[&store.secret_ref.key]);
        }
        if let Some(tls) = &self.gateway.tls {
            add("gateway.tls.secretRef", &tls.secret_ref.name, &["tls.crt", "tls.key"]);
        }
        for provider in &self.payments.providers {
            if let Some(secret) = &provider.secret_ref {
                add(&format!("payments.providers[{}].secretRef", provider.name.as_str()), &secret.name, &[]);
            }
        }
        if let Some(smtp) = &self.notifications.smtp {
            add("notifications.smtp.secretRef", &smtp.secret_ref.name, &[&smtp.secret_ref.key]);
        }
        if let Some(sms) = &self.notifications.sms {
            add("notifications.sms.secretRef", &sms.secret_ref.name, &[]);
        }
        if let Some(push) = &self.notifications.push {
            add("notifications.push.secretRef", &push.secret_ref.name, &[]);
        }
        all
    }
}
