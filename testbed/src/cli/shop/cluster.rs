//! Which cluster to use: the one that is named, one that runs here, or a node of our own.

use std::fmt;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};
use nix::unistd::Uid;
use warung_testbed::images::standin;
use warung_testbed::node::{self, Progress, State};
use warung_testbed::tools;

use super::program;

/// A cluster, and how to talk to it.
pub enum Cluster {
    /// The kubeconfig's context of this name, given by `KUBE_CONTEXT`.
    Context(String),
    /// A running minikube.
    Minikube,
    /// A running kind cluster.
    Kind(String),
    /// The testbed's own node.
    Node,
}

impl fmt::Display for Cluster {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Context(name) => write!(formatter, "the cluster of the context {name}"),
            Self::Minikube => formatter.write_str("minikube"),
            Self::Kind(name) => write!(formatter, "the kind cluster {name}"),
            Self::Node => formatter.write_str("a single-node Kubernetes of the testbed"),
        }
    }
}

impl Cluster {
    /// The cluster to use, which may have to be started.
    ///
    /// # Errors
    ///
    /// There is none, and this machine can't have one of its own: the message says what to install.
    pub fn find() -> Result<Self> {
        if let Some(cluster) = Self::find_existing()? {
            return Ok(cluster);
        }
        if Uid::effective().is_root() && Path::new("/etc/debian_version").exists() {
            return Ok(Self::Node);
        }
        bail!(
            "no cluster is named by KUBE_CONTEXT, and neither minikube nor kind runs here.\n\
             Install one (https://minikube.sigs.k8s.io/docs/start or https://kind.sigs.k8s.io) and start it, or run this as root on Debian 12."
        )
    }

    /// A cluster that runs already.
    pub fn find_existing() -> Result<Option<Self>> {
        if let Some(name) = std::env::var("KUBE_CONTEXT").ok().filter(|name| !name.is_empty()) {
            return Ok(Some(Self::Context(name)));
        }
        if node::state() != State::Down {
            return Ok(Some(Self::Node));
        }
        if program::succeeds("minikube", &["status"]) {
            return Ok(Some(Self::Minikube));
        }
        let kinds = program::text(Command::new("kind").args(["get", "clusters"])).unwrap_or_default();
        Ok(kinds.lines().find(|name| !name.trim().is_empty()).map(|name| Self::Kind(name.trim().to_owned())))
    }

    /// Brings the programs that this cluster needs.
    pub fn install_tools(&self, project: &Path) -> Result<()> {
        if matches!(self, Self::Node) {
            return program::shown(Command::new(project.join("testbed/tools/install")).arg("node"));
        }
        for (name, page) in [
            ("kubectl", "https://kubernetes.io/docs/tasks/tools"),
            ("helm", "https://helm.sh/docs/intro/install"),
        ] {
            if !program::succeeds(name, &["version", "--client"]) && !program::succeeds(name, &["version"]) {
                bail!("{name} is missing: install it ({page}) and put it on the PATH");
            }
        }
        Ok(())
    }

    /// Starts it where it is ours.
    pub fn start(&mut self, progress: &Progress) -> Result<()> {
        if !matches!(self, Self::Node) {
            return Ok(());
        }
        let archives = standin::archives(|image| progress.say(&format!("make the image {image}")))?;
        node::up(&archives, progress)
    }

    /// kubectl on this cluster.
    pub fn kubectl(&self) -> Result<Command> {
        if let Self::Node = self {
            return node::kubectl();
        }
        let mut command = Command::new("kubectl");
        command.args(["--context", &self.context()]);
        Ok(command)
    }

    /// helm on this cluster.
    pub fn helm(&self) -> Result<Command> {
        if let Self::Node = self {
            let mut command = Command::new(tools::find("helm", "node")?);
            command.arg("--kubeconfig").arg(node::kubeconfig());
            return Ok(command);
        }
        let mut command = Command::new("helm");
        command.args(["--kube-context", &self.context()]);
        Ok(command)
    }

    /// kubectl's words for a person to type.
    pub fn typed_kubectl(&self) -> String {
        match self {
            Self::Node => format!("kubectl --kubeconfig {}", node::kubeconfig().display()),
            _ => format!("kubectl --context {}", self.context()),
        }
    }

    fn context(&self) -> String {
        match self {
            Self::Context(name) => name.clone(),
            Self::Minikube => "minikube".to_owned(),
            Self::Kind(name) => format!("kind-{name}"),
            Self::Node => "warung-testbed".to_owned(),
        }
    }
}
