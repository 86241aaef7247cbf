//! Images into the node's containerd.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::places::CONTAINERD;
use crate::tools;

/// Imports an image archive (`docker save`'s format or an OCI layout, as a tar file).
///
/// # Errors
///
/// The node is down, or the file is no image archive.
pub fn load(file: &Path) -> Result<()> {
    if !Path::new(CONTAINERD).exists() {
        bail!("the node is down: run `testbed up` first");
    }
    let mut command = Command::new(tools::find("ctr", "node")?);
    command.args(["--address", CONTAINERD, "--namespace", "k8s.io", "images", "import"]).arg(file);
    let output = command.stdin(Stdio::null()).output().context("run ctr")?;
    if !output.status.success() {
        bail!("{} was not imported: {}", file.display(), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
