//! Where images come from.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::LocalRef;
use super::common::IMAGE;

/// The application's image; its tag is the Shop's version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// Registry and name, without a tag.
    #[serde(default = "repository")]
    #[schemars(length(min = 1, max = 255))]
    #[x_kube(
        validation = Rule::new(IMAGE).message("image.repository must be a registry and a name, such as ghcr.io/warung-dev/warung"),
        validation = Rule::new("!self.matches('[:@][^/]*$')").message("image.repository must have no tag or digest; the tag is spec.version")
    )]
    pub repository: String,
    /// When the node asks the registry.
    #[serde(default)]
    pub pull_policy: PullPolicy,
    /// Secrets of the registry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub pull_secrets: Vec<LocalRef>,
}

fn repository() -> String {
    "ghcr.io/warung-dev/warung".into()
}

impl Default for Image {
    fn default() -> Self {
        Self { repository: repository(), pull_policy: PullPolicy::default(), pull_secrets: Vec::new() }
    }
}

/// As in a Pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PullPolicy {
    #[default]
    IfNotPresent,
    Always,
    Never,
}

impl PullPolicy {
    /// As Kubernetes spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IfNotPresent => "IfNotPresent",
            Self::Always => "Always",
            Self::Never => "Never",
        }
    }
}
