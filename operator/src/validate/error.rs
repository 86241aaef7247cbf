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
    #[error("spec.{field}: no service is named {name}; write one of {known}")]
    UnknownService { field: &'static str, name: String, known: String },
    #[error(
        "Secret {name}: key {key} is no list of P-256 keys: {cause}; restore it, or remove the key to have a new one made"
    )]
    TokenKeys { name: String, key: String, cause: String },
    #[error("{}", list(_0))]
    Secrets(Vec<SecretFault>),
    #[error("spec.{field}: key {key} of Secret {name} is not a URL like {example}; correct the Secret")]
    SecretUrl { field: &'static str, name: String, key: String, example: &'static str },
    #[error(
        "spec.observability.alerts.slo.availabilityPercent {value} must be above 0 and below 100, such as \"99.9\""
    )]
    Availability { value: String },
    #[error("spec.{field}: {value} is not a quantity above 0; write {example}")]
    Quantity { field: String, value: String, example: &'static str },
}

/// A Secret that the spec names and that can't be used as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretFault {
    #[error("spec.{field}: Secret {name} does not exist in this namespace; create it, or name another")]
    Absent { field: String, name: String },
    #[error("spec.{field}: Secret {name} has no key {key}; add it to the Secret")]
    Lacks { field: String, name: String, key: String },
    #[error(
        "spec.{field}: key {key} of Secret {name} is nothing that a service takes from there; remove it, or write one of {known}"
    )]
    Unknown { field: String, name: String, key: String, known: String },
}

fn list(faults: &[SecretFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(". ")
}

impl Invalid {
    /// Reason of the condition and the event.
    pub fn reason(&self) -> Reason {
        match self {
            Self::SecondShop { .. } => Reason::SecondShop,
            Self::Secrets(_) | Self::SecretUrl { .. } | Self::TokenKeys { .. } => Reason::SecretMissing,
            Self::Currency { .. }
            | Self::UnknownService { .. }
            | Self::Availability { .. }
            | Self::Quantity { .. } => Reason::InvalidSpec,
        }
    }
}
