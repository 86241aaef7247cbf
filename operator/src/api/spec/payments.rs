//! How customers pay.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::LocalRef;

/// How customers pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct Payments {
    /// The providers that are switched on.
    #[serde(default = "providers")]
    #[schemars(length(min = 1, max = 8))]
    #[x_kube(validation = Rule::new("self.all(p, self.exists_one(q, q.name == p.name))").message("payments.providers names a provider twice; write each once"))]
    pub providers: Vec<PaymentProvider>,
}

fn providers() -> Vec<PaymentProvider> {
    vec![PaymentProvider::sandbox()]
}

impl Default for Payments {
    fn default() -> Self {
        Self { providers: providers() }
    }
}

/// One provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("self.name == 'sandbox'").message("only sandbox is there in this version; write name: sandbox"))]
pub struct PaymentProvider {
    /// Which one.
    pub name: PaymentProviderName,
    /// Secret whose keys become environment variables of the services that take payments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LocalRef>,
    /// Payment methods offered, in the provider's words; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 64)))]
    pub methods: Vec<String>,
}

impl PaymentProvider {
    /// The provider that needs no account.
    pub fn sandbox() -> Self {
        Self { name: PaymentProviderName::Sandbox, secret_ref: None, methods: Vec::new() }
    }
}

/// Providers by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PaymentProviderName {
    Sandbox,
    Stripe,
    Paypal,
    Xendit,
    Midtrans,
}

impl PaymentProviderName {
    /// As the payment service spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Stripe => "stripe",
            Self::Paypal => "paypal",
            Self::Xendit => "xendit",
            Self::Midtrans => "midtrans",
        }
    }
}
