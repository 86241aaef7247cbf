//! Kubernetes' own processes: who they are (certificates), where they talk (layout), how they are started.
//!
//! Building a command starts nothing: the control plane of a test and a whole node start the same commands in
//! different ways.

pub(crate) mod apiserver;
pub(crate) mod certificates;
pub(crate) mod controller_manager;
pub(crate) mod etcd;
pub(crate) mod kubeconfig;
pub(crate) mod kubectl;

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

/// Addresses and folders of one cluster.
pub(crate) struct Layout {
    /// Holds everything the cluster writes.
    pub(crate) folder: PathBuf,
    /// Where the API server listens and what it says its address is.
    pub(crate) address: Ipv4Addr,
    pub(crate) api_port: u16,
    pub(crate) etcd_port: u16,
    pub(crate) etcd_peer_port: u16,
    pub(crate) controller_manager_port: u16,
    /// Addresses of Services; the first belongs to `kubernetes.default`.
    pub(crate) services: ServiceRange,
}

/// A /16 of addresses for Services.
#[derive(Clone, Copy)]
pub(crate) struct ServiceRange(pub(crate) [u8; 2]);

impl ServiceRange {
    pub(crate) fn cidr(self) -> String {
        format!("{}.{}.0.0/16", self.0[0], self.0[1])
    }

    /// The address of `kubernetes.default.svc`.
    pub(crate) fn first(self) -> Ipv4Addr {
        Ipv4Addr::new(self.0[0], self.0[1], 0, 1)
    }
}

impl Layout {
    pub(crate) fn certificates(&self) -> PathBuf {
        self.folder.join("pki")
    }

    /// Path of a certificate; its key is beside it with the ending `.key`.
    pub(crate) fn certificate(&self, name: &str) -> PathBuf {
        self.certificates().join(format!("{name}.crt"))
    }

    pub(crate) fn key(&self, name: &str) -> PathBuf {
        self.certificates().join(format!("{name}.key"))
    }

    pub(crate) fn kubeconfig(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.kubeconfig"))
    }

    pub(crate) fn api_url(&self) -> String {
        format!("https://{}:{}", self.address, self.api_port)
    }

    pub(crate) fn etcd_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.etcd_port)
    }
}

/// `--name=path`, the way every Kubernetes program takes its flags.
pub(crate) fn flag(name: &str, path: &Path) -> String {
    format!("--{name}={}", path.display())
}
