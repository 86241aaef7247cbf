//! Istio.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether and how the Shop's pods join a mesh. It takes effect when Istio's APIs are in the cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mesh {
    /// Sidecar, or no mesh at all.
    #[serde(default)]
    pub mode: MeshMode,
    /// Which connections a pod of the mesh accepts.
    #[serde(default)]
    pub mtls: Mtls,
}

/// How pods join.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum MeshMode {
    #[default]
    Sidecar,
    Disabled,
}

/// Which connections are accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Mtls {
    #[default]
    Strict,
}
