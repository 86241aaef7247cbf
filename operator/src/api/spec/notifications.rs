//! How customers are told.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::{LocalRef, SecretKeyRef};

/// How customers are told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notifications {
    /// Email; kept in the log only when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smtp: Option<Smtp>,
    /// Text messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms: Option<Sms>,
    /// Push messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<Push>,
    /// Sender of every email.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 320))]
    #[x_kube(validation = Rule::new("self.matches('^[^ ]+@[^ ]+$') || self.matches('^.+ <[^ ]+@[^ ]+>$')").message("notifications.from must be an email address, such as shop@example.com"))]
    pub from: Option<String>,
    /// Where staff are told of what needs a person, such as a refund that a provider refuses; nobody is told when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 254))]
    #[x_kube(validation = Rule::new("self.matches('^[^ ]+@[^ ]+$')").message("notifications.staffEmail must be an email address, such as staff@example.com"))]
    pub staff_email: Option<String>,
}

/// Email.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Smtp {
    /// Secret whose key holds `smtp://` or `smtps://user:password@host:port`.
    pub secret_ref: SecretKeyRef,
}

/// Text messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sms {
    /// Secret with the credentials of the provider: keys that the service which sends messages knows become its variables.
    pub secret_ref: LocalRef,
}

/// Push messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Push {
    /// Secret with the credentials of the provider: keys that the service which sends messages knows become its variables.
    pub secret_ref: LocalRef,
}
