//! Why a Shop can't be carried out.

use crate::api::condition::Reason;

/// Something in the spec, or in what it refers to, that the user must change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    #[error(
        "Shop {older} was in this namespace first, and a namespace holds one Shop; create this one in a namespace of its own"
    )]
    SecondShop { older: String },
    #[error(
        "spec.currency {code} is not an ISO 4217 currency; create the Shop anew with the code of one, such as IDR"
    )]
    Currency { code: String },
    #[error(
        "spec.commerce.timeZone {name} is not a time zone; write the IANA name of one, such as Asia/Jakarta"
    )]
    TimeZone { name: String },
    #[error("spec.{field}: no service is named {name}; write one of {known}")]
    UnknownService { field: &'static str, name: String, known: String },
    #[error(
        "spec.payments.providers: {provider} has no method {method}; leave methods out for all of them, or write some of: {known}"
    )]
    UnknownMethod { provider: String, method: String, known: String },
    #[error(
        "Secret {name}: key {key} is no list of P-256 keys: {cause}; restore it, or remove the key to have a new one made"
    )]
    TokenKeys { name: String, key: String, cause: String },
    #[error(
        "Secret {name} has no key {key}, and the server on the volume {claim} knows no other password; restore the Secret, as docs/errors/secret-missing.md says"
    )]
    PasswordLost { name: String, key: &'static str, claim: String },
    #[error("{}", list(_0))]
    Secrets(Vec<SecretFault>),
    #[error(
        "spec.observability.alerts.slo.availabilityPercent {value} must be above 0 and below 100, such as \"99.9\""
    )]
    Availability { value: String },
    #[error("spec.{field}: {value} is not a quantity above 0; write {example}")]
    Quantity { field: String, value: String, example: &'static str },
    #[error("spec.{field}: {value} is above the limit of {limit}; ask for less, or raise resources.limits")]
    AboveLimit { field: String, value: String, limit: String },
}

/// A Secret that the spec names and that can't be used as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretFault {
    #[error("spec.{field}: Secret {name} does not exist in this namespace; create it, or name another")]
    Absent { field: String, name: String },
    #[error("spec.{field}: Secret {name} has no key {key}; add it to the Secret")]
    Lacks { field: String, name: String, key: String },
    #[error(
        "spec.{field}: Secret {name} has none of the keys that a service takes from there; add some of {known}"
    )]
    Idle { field: String, name: String, known: String },
    #[error(
        "spec.{field}: key {key} of Secret {name} is nothing that a service takes from there; remove it, or write one of {known}"
    )]
    Unknown { field: String, name: String, key: String, known: String },
    #[error("spec.{field}: key {key} of Secret {name} is not a URL like {example}; correct the Secret")]
    Url { field: String, name: String, key: String, example: &'static str },
    #[error(
        "spec.{field}: key {key} of Secret {name} {cause}; put a certificate chain and its key there in PEM, as kubectl create secret tls does"
    )]
    Certificate { field: String, name: String, key: &'static str, cause: String },
}

fn list(faults: &[SecretFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(". ")
}

impl Invalid {
    /// Reason of the condition and the event.
    pub fn reason(&self) -> Reason {
        match self {
            Self::SecondShop { .. } => Reason::SecondShop,
            Self::Secrets(_) | Self::PasswordLost { .. } | Self::TokenKeys { .. } => Reason::SecretMissing,
            Self::Currency { .. }
            | Self::TimeZone { .. }
            | Self::UnknownService { .. }
            | Self::UnknownMethod { .. }
            | Self::Availability { .. }
            | Self::Quantity { .. }
            | Self::AboveLimit { .. } => Reason::InvalidSpec,
        }
    }
}
