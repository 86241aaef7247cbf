//! A Kubernetes control plane for one test process: etcd and kube-apiserver, and the controller manager where asked.
//!
//! Objects can be made, watched and deleted as on any cluster; no pod runs. With the controller manager,
//! Deployments make ReplicaSets, owners' deletion collects what they own, and service accounts appear.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use nix::sys::signal::Signal;

use crate::kubernetes::{
    Layout, ServiceRange, apiserver, certificates, controller_manager, etcd, kubeconfig, kubectl,
};
use crate::process::Group;

/// A cold start on a busy machine may take this long; three seconds are usual.
const START_WITHIN: Duration = Duration::from_secs(180);

/// What to start.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Also start kube-controller-manager (about two seconds more).
    pub controller_manager: bool,
}

/// A running control plane. Dropping it stops it and removes its files.
pub struct ControlPlane {
    url: String,
    kubeconfig: String,
    kubeconfig_path: PathBuf,
    _group: Group,
}

impl ControlPlane {
    /// Starts it and waits until its API is ready. Blocking: call it off an async runtime's threads
    /// (`spawn_blocking`).
    ///
    /// # Errors
    ///
    /// A program is not installed, or a server does not start: the message carries the end of its log.
    pub fn start(options: Options) -> Result<Self> {
        crate::ports::retry(|| Self::attempt(options))
    }

    fn attempt(options: Options) -> Result<Self> {
        let mut group = Group::new("control-plane")?;
        let layout = layout(group.folder())?;
        certificates::write_all(&layout, None)?;
        let text = kubeconfig::write(&layout, "admin")?;
        let admin = layout.kubeconfig("admin");
        group.start("etcd", etcd::command(&layout)?, Signal::SIGKILL)?;
        let shape = apiserver::Shape { node: false, service_accounts: options.controller_manager };
        group.start("kube-apiserver", apiserver::command(&layout, &shape)?, Signal::SIGKILL)?;
        group.wait_for("kube-apiserver", START_WITHIN, || kubectl::api_ready(&admin))?;
        if options.controller_manager {
            start_controllers(&mut group, &layout, &admin)?;
        }
        Ok(Self { url: layout.api_url(), kubeconfig: text, kubeconfig_path: admin, _group: group })
    }

    /// URL of the API server.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Kubeconfig of an administrator, certificates inline.
    #[must_use]
    pub fn kubeconfig(&self) -> &str {
        &self.kubeconfig
    }

    /// The same kubeconfig as a file, for programs.
    #[must_use]
    pub fn kubeconfig_path(&self) -> &Path {
        &self.kubeconfig_path
    }

    /// kubectl as the administrator of this control plane, of the same version as its API server.
    ///
    /// # Errors
    ///
    /// kubectl is not installed.
    pub fn kubectl(&self) -> Result<Command> {
        kubectl::command(&self.kubeconfig_path)
    }
}

fn layout(folder: &Path) -> Result<Layout> {
    let [api_port, etcd_port, etcd_peer_port, controller_manager_port] = crate::ports::free()?;
    Ok(Layout {
        folder: folder.to_owned(),
        address: Ipv4Addr::LOCALHOST,
        api_port,
        etcd_port,
        etcd_peer_port,
        controller_manager_port,
        services: ServiceRange([10, 0]),
    })
}

fn start_controllers(group: &mut Group, layout: &Layout, admin: &Path) -> Result<()> {
    kubeconfig::write(layout, "controller-manager")?;
    group.start("kube-controller-manager", controller_manager::command(layout, None)?, Signal::SIGKILL)?;
    // The first thing that only its controllers make.
    let made = ["get", "serviceaccount", "default", "-n", "default"];
    group.wait_for("kube-controller-manager", START_WITHIN, || kubectl::run(admin, &made).is_ok())
}
