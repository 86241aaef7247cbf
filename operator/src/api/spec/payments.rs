//! How customers pay.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warung_contracts::manifest::{self, Setting};

use super::LocalRef;

/// How customers pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct Payments {
    /// The providers that the shop knows.
    #[serde(default = "providers")]
    #[schemars(length(min = 1, max = 8))]
    #[x_kube(
        validation = Rule::new("self.all(p, self.exists_one(q, q.name == p.name))").message("payments.providers names a provider twice; write each once"),
        validation = Rule::new("self.exists(p, p.offered)").message("payments.providers offers none; leave offered out for those that customers may choose")
    )]
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
#[x_kube(
    validation = Rule::new(there()).message(there_message().as_str()),
    validation = Rule::new("self.name == 'sandbox' || has(self.secretRef)").message("payments.providers: every provider but sandbox needs secretRef, the Secret with its credentials")
)]
pub struct PaymentProvider {
    /// Which one.
    pub name: PaymentProviderName,
    /// Secret with the provider's credentials: keys that begin with WARUNG_<PROVIDER>_ and that the service which takes
    /// payments knows become its environment variables. Needed for every provider but sandbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LocalRef>,
    /// Payment methods offered, in the provider's words; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 64)))]
    pub methods: Vec<String>,
    /// Whether customers may choose it. One that is no longer offered opens nothing new; what was opened before is still
    /// heard of, captured, given back and compared. Take it out once all of that is at its end.
    #[serde(default = "yes")]
    pub offered: bool,
}

fn yes() -> bool {
    true
}

impl PaymentProvider {
    /// The provider that needs no account.
    pub fn sandbox() -> Self {
        Self { name: PaymentProviderName::Sandbox, secret_ref: None, methods: Vec::new(), offered: true }
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

/// The rule for a provider: it has credentials in a manifest, or needs none.
fn there() -> String {
    let names: Vec<String> = names_there().iter().map(|name| format!("'{name}'")).collect();
    format!("self.name in [{}]", names.join(", "))
}

/// What is said when a provider breaks it.
fn there_message() -> String {
    format!(
        "payments.providers names a provider that is not there in this version; write one of {}",
        names_there().join(", ")
    )
}

fn names_there() -> Vec<&'static str> {
    PaymentProviderName::ALL
        .into_iter()
        .filter(|name| name.is_there())
        .map(PaymentProviderName::as_str)
        .collect()
}

impl PaymentProviderName {
    /// Every provider that has a name here.
    pub const ALL: [Self; 5] = [Self::Sandbox, Self::Stripe, Self::Paypal, Self::Xendit, Self::Midtrans];

    /// How the names of its variables begin.
    pub fn prefix(self) -> String {
        format!("WARUNG_{}_", self.as_str().to_uppercase())
    }

    /// Whether this version can use it: the sandbox always, others when some service's manifest names credentials of
    /// theirs.
    pub fn is_there(self) -> bool {
        let credential =
            |setting: &Setting| setting.secret_override && setting.name.starts_with(&self.prefix());
        self == Self::Sandbox || manifest::all().iter().flat_map(|m| &m.settings).any(credential)
    }

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
