//! How a new version is rolled out, and what stays after the end.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{known_service, known_service_message};

/// How a new version is rolled out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Upgrade {
    /// How long each new pod must stay ready during an upgrade before the next is replaced, in seconds.
    #[serde(default = "health_window_seconds")]
    #[schemars(range(min = 0, max = 3600))]
    pub health_window_seconds: u32,
    /// Whether a failed upgrade goes back to the version it came from.
    #[serde(default)]
    #[x_kube(validation = Rule::new("!self").message("upgrade.autoRollback is not there yet; leave it out, and set spec.version back by hand"))]
    pub auto_rollback: bool,
    /// Services in the order they are replaced; those not named follow in the order of who calls whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 20)))]
    #[x_kube(
        validation = Rule::new(known_service()).message(known_service_message("upgrade.order").as_str()),
        validation = Rule::new("self.all(name, self.exists_one(other, other == name))").message("upgrade.order names a service twice; write each once")
    )]
    pub order: Vec<String>,
}

fn health_window_seconds() -> u32 {
    10
}

impl Default for Upgrade {
    fn default() -> Self {
        Self { health_window_seconds: health_window_seconds(), auto_rollback: false, order: Vec::new() }
    }
}

/// What happens to the data when the Shop is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    /// Databases, streams, volumes and the generated Secrets stay; a Shop of the same name finds them again.
    #[default]
    Retain,
    /// They are deleted with the Shop.
    Delete,
}
