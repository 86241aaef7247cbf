//! kubectl of the cache, on one cluster, and no other configuration.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};

use crate::tools;

/// A kubectl that talks to the cluster of `kubeconfig`.
pub(crate) fn command(kubeconfig: &Path) -> Result<Command> {
    let mut command = Command::new(tools::find("kubectl", "control-plane")?);
    command.arg("--kubeconfig").arg(kubeconfig).env_remove("KUBECONFIG").stdin(Stdio::null());
    Ok(command)
}

/// Does the API server say that it is ready?
pub(crate) fn api_ready(kubeconfig: &Path) -> bool {
    run(kubeconfig, &["get", "--raw=/readyz", "--request-timeout=2s"]).is_ok_and(|text| text == "ok")
}

/// Runs kubectl and returns what it prints.
pub(crate) fn run(kubeconfig: &Path, arguments: &[&str]) -> Result<String> {
    let output = command(kubeconfig)?.args(arguments).output().context("run kubectl")?;
    text(output, arguments)
}

fn text(output: Output, arguments: &[&str]) -> Result<String> {
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("kubectl {}: {}", arguments.join(" "), errors.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
