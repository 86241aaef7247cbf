//! Which cluster to use: the one that is named, one that runs here, or a node of our own.

use std::fmt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use warung_testbed::images::standin;
use warung_testbed::node::{self, Progress, State};
use warung_testbed::tools;

use super::program;

/// A cluster, and how to talk to it.
pub enum Cluster {
    /// The kubeconfig's context of this name, given by `KUBE_CONTEXT`.
    Context(String),
    /// A running minikube, by its profile.
    Minikube(String),
    /// A running kind cluster.
    Kind(String),
    /// The testbed's own node.
    Node,
}

impl fmt::Display for Cluster {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Context(name) => write!(formatter, "the cluster of the context {name}"),
            Self::Minikube(profile) => write!(formatter, "the minikube {profile}"),
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
    pub fn find(project: &Path) -> Result<Self> {
        if let Some(cluster) = Self::find_existing()? {
            return Ok(cluster);
        }
        let able = Command::new(project.join("testbed/tools/own-node")).output().context("run own-node")?;
        if !able.status.success() {
            bail!("{}", String::from_utf8_lossy(&able.stderr).trim());
        }
        Ok(Self::Node)
    }

    /// A cluster that runs already.
    pub fn find_existing() -> Result<Option<Self>> {
        if let Some(context) = asked_for() {
            return Self::named(context).map(Some);
        }
        if node::state() != State::Down {
            return Ok(Some(Self::Node));
        }
        Ok(local().into_iter().next())
    }

    /// The cluster of a context: one that takes images from this machine, or one that pulls them.
    fn named(context: String) -> Result<Self> {
        if let Some(local) = local().into_iter().find(|cluster| cluster.context() == context) {
            return Ok(local);
        }
        let cluster = Self::Context(context);
        program::text(cluster.kubectl()?.args(["version", "--request-timeout=10s"]))
            .with_context(|| format!("{cluster} (KUBE_CONTEXT) can't be used"))?;
        Ok(cluster)
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
            Self::Node => format!("{} --kubeconfig {}", own_kubectl(), node::kubeconfig().display()),
            _ => format!("kubectl --context {}", self.context()),
        }
    }

    fn context(&self) -> String {
        match self {
            Self::Context(name) => name.clone(),
            Self::Minikube(profile) => profile.clone(),
            Self::Kind(name) => format!("kind-{name}"),
            Self::Node => "warung-testbed".to_owned(),
        }
    }
}

/// The context that somebody names by `KUBE_CONTEXT`.
pub fn asked_for() -> Option<String> {
    std::env::var("KUBE_CONTEXT").ok().filter(|name| !name.is_empty())
}

/// What runs here for the people of this machine: minikube's current profile, then every kind cluster.
fn local() -> Vec<Cluster> {
    let asked =
        |program: &str, words: &[&str]| program::text(Command::new(program).args(words)).unwrap_or_default();
    let lines = |text: String| -> Vec<String> {
        text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
    };
    let minikube = program::succeeds("minikube", &["status"]).then(|| lines(asked("minikube", &["profile"])));
    // Without clusters, kind says so on standard error.
    let kinds = lines(asked("kind", &["get", "clusters"]));
    minikube
        .into_iter()
        .flatten()
        .map(Cluster::Minikube)
        .chain(kinds.into_iter().map(Cluster::Kind))
        .collect()
}

/// The testbed's kubectl as a person types it: by its path where the shell finds none.
fn own_kubectl() -> String {
    let known = "kubectl".to_owned();
    if program::succeeds("kubectl", &["version", "--client"]) {
        return known;
    }
    tools::find("kubectl", "node").map_or(known, |path| path.display().to_string())
}
