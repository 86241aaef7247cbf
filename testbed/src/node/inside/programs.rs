//! The programs of the node and their flags.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::super::places::{NAME, NODE_ADDRESS, PODS, STATE};
use crate::kubernetes::{Layout, apiserver, controller_manager, etcd, flag};
use crate::tools;

/// A program to keep running.
pub(super) struct Program {
    pub(super) name: &'static str,
    pub(super) command: Command,
    pub(super) restarts: u32,
}

impl Program {
    fn new(name: &'static str, command: Command) -> Self {
        Self { name, command, restarts: 0 }
    }
}

/// What must run before the API answers, and containerd, which waits for nobody.
pub(super) fn control_plane(layout: &Layout) -> Result<Vec<Program>> {
    let shape = apiserver::Shape { node: true, service_accounts: true };
    let mut containerd = tool("containerd")?;
    containerd.arg("--config").arg(config("containerd.toml"));
    Ok(vec![
        Program::new("etcd", etcd::command(layout)?),
        Program::new("containerd", containerd),
        Program::new("kube-apiserver", apiserver::command(layout, &shape)?),
    ])
}

/// What needs the API.
pub(super) fn node(layout: &Layout) -> Result<Vec<Program>> {
    let mut kube_proxy = tool("kube-proxy")?;
    kube_proxy.arg(flag("config", &config("kube-proxy.json")));
    let mut coredns = tool("coredns")?;
    coredns.arg("-conf").arg(config("Corefile"));
    Ok(vec![
        Program::new("kubelet", kubelet(layout)?),
        Program::new("kube-proxy", kube_proxy),
        Program::new("kube-controller-manager", controller_manager::command(layout, Some(PODS))?),
        Program::new("kube-scheduler", scheduler(layout)?),
        Program::new("coredns", coredns),
        Program::new("local-path-provisioner", provisioner(layout)?),
    ])
}

fn kubelet(layout: &Layout) -> Result<Command> {
    let mut command = tool("kubelet")?;
    command.arg(flag("config", &config("kubelet.json")));
    command.arg(flag("kubeconfig", &layout.kubeconfig("kubelet")));
    command.arg(format!("--hostname-override={NAME}"));
    command.arg(format!("--node-ip={NODE_ADDRESS}"));
    Ok(command)
}

fn scheduler(layout: &Layout) -> Result<Command> {
    let mut command = tool("kube-scheduler")?;
    let kubeconfig = layout.kubeconfig("scheduler");
    for name in ["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"] {
        command.arg(flag(name, &kubeconfig));
    }
    command.args(["--leader-elect=false", "--bind-address=127.0.0.1"]);
    command.arg(flag("cert-dir", &layout.folder.join("scheduler")));
    Ok(command)
}

fn provisioner(layout: &Layout) -> Result<Command> {
    let mut command = tool("local-path-provisioner")?;
    command.args(["start", "--config"]).arg(config("local-path.json"));
    command.arg("--kubeconfig").arg(layout.kubeconfig("admin"));
    command.arg("--helper-pod-file").arg(config("helper-pod.yaml"));
    command.args(["--helper-image", "localhost/warung-testbed/busybox:1"]);
    command.args(["--namespace", "local-path-storage", "--configmap-name", "local-path-config"]);
    command.args(["--service-account-name", "default"]);
    Ok(command)
}

fn tool(name: &str) -> Result<Command> {
    Ok(Command::new(tools::find(name, "node")?))
}

fn config(name: &str) -> PathBuf {
    PathBuf::from(STATE).join("config").join(name)
}
