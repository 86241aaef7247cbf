//! A whole single-node Kubernetes in namespaces of its own.
//!
//! ```text
//!  machine                                    │ namespaces of processes, mounts and network
//!   testbed up ── nsenter, unshare ───────────┼─> init (process 1) ── etcd, kube-apiserver, containerd, kubelet, …
//!   warung-host 10.223.0.1 ══ veth ═══════════┼══ eth0 10.223.0.2 ── pods 10.224.0.0/24, Services 10.225.0.0/16
//!   /var/lib/warung-testbed, cgroups ─────────┼── the same folders; /run, /var/log and the like are its own
//! ```
//!
//! Ending process 1 ends every process of the node, pods included, and with them the kernel forgets their mounts,
//! addresses, packet filters and settings. What is left for `down` are two folders, a name and a cgroup.

mod cgroups;
mod configuration;
mod down;
mod images;
mod inside;
mod network;
pub mod places;
mod up;

pub use down::{down, leftovers};
pub use images::load as load_image;
pub use inside::run as run_inside;
pub use up::{Progress, up};

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::kubernetes::{Layout, ServiceRange, kubectl};

/// What is there of the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// No process of it runs.
    Down,
    /// It runs, but its API doesn't answer, or its node is not ready.
    Starting,
    /// Pods can run.
    Ready,
}

/// Looks at the node.
#[must_use]
pub fn state() -> State {
    if up::running().is_none() {
        return State::Down;
    }
    if ready() { State::Ready } else { State::Starting }
}

/// kubectl as the node's administrator.
///
/// # Errors
///
/// kubectl is not installed.
pub fn kubectl() -> Result<Command> {
    kubectl::command(&kubeconfig())
}

/// The administrator's kubeconfig; it exists while the node is up.
#[must_use]
pub fn kubeconfig() -> PathBuf {
    layout().kubeconfig("admin")
}

fn ready() -> bool {
    let conditions = r#"-o=jsonpath={.status.conditions[?(@.type=="Ready")].status}"#;
    kubectl::run(&kubeconfig(), &["get", "node", places::NAME, "--request-timeout=2s", conditions])
        .is_ok_and(|text| text == "True")
}

fn layout() -> Layout {
    Layout {
        folder: PathBuf::from(places::STATE),
        address: places::NODE_ADDRESS,
        api_port: 6443,
        etcd_port: 2379,
        etcd_peer_port: 2380,
        controller_manager_port: 10257,
        services: ServiceRange([10, 225]),
    }
}
