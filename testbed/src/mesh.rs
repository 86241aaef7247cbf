//! A real Istio on the node: its charts, and images made of programs that are built from its module.

use std::io::Write as _;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::images::standin;
use crate::node::{self, Progress, State};
use crate::tools;

/// Where Istio's documents put its control plane.
const NAMESPACE: &str = "istio-system";
/// For the control plane to be ready, in helm's words.
const READY_WITHIN: &str = "3m";
const VALUES: &str = include_str!("../mesh/values.yaml");

/// Installs Istio; what is there already is brought up to date.
///
/// # Errors
///
/// The node is not ready, Istio's programs are not built, or it does not become ready.
pub fn install(progress: &Progress) -> Result<()> {
    if node::state() != State::Ready {
        bail!("the node is not ready: run `make up` or `testbed up` first");
    }
    for archive in standin::mesh_archives(|image| progress.say(&format!("make the image {image}")))? {
        progress.say(&format!("load {}", archive.display()));
        node::load_image(&archive)?;
    }
    let mut values = tempfile::NamedTempFile::new().context("make a file for the chart's values")?;
    values.write_all(VALUES.as_bytes()).context("write the chart's values")?;
    for (release, chart) in [("istio-base", "base"), ("istiod", "istio-discovery")] {
        progress.say(&format!("helm: install {release} and wait for it"));
        let mut helm = Command::new(tools::find("helm", "node")?);
        helm.arg("--kubeconfig").arg(node::kubeconfig());
        helm.args(["upgrade", "--install", release]).arg(tools::mesh()?.join(chart));
        helm.args(["--namespace", NAMESPACE, "--create-namespace", "--wait", "--timeout", READY_WITHIN]);
        let output = helm.arg("--values").arg(values.path()).output().context("run helm")?;
        if !output.status.success() {
            bail!("{release} was not installed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
    }
    progress.say("Istio is ready");
    Ok(())
}
