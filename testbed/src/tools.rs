//! Where the programs are that `testbed/tools/install` brings.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Folders of programs that Debian keeps off the PATH.
const DEBIAN_FOLDERS: [&str; 4] = ["/usr/lib/postgresql/15/bin", "/usr/sbin", "/usr/bin", "/bin"];

/// The folder for everything installed or built for the testbed: `$WARUNG_CACHE`, else `~/.cache/warung`.
///
/// # Errors
///
/// Neither `WARUNG_CACHE` nor `HOME` is set.
pub fn cache() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("WARUNG_CACHE").filter(|value| !value.is_empty()) {
        return Ok(PathBuf::from(folder));
    }
    let home = std::env::var_os("HOME").context("set WARUNG_CACHE or HOME: neither is set")?;
    Ok(Path::new(&home).join(".cache/warung"))
}

/// Python with what `group` of `testbed/tools/install` put beside it.
///
/// # Errors
///
/// There is none; the message names the group.
pub fn python(group: &str) -> Result<PathBuf> {
    let path = cache()?.join("venv/bin/python3");
    if !path.is_file() {
        bail!("Python's packages are not installed: run testbed/tools/install {group}");
    }
    Ok(path)
}

/// The folder with the published CRDs of Istio and of the Prometheus Operator.
///
/// # Errors
///
/// They are not installed; the message says how.
pub fn crds() -> Result<PathBuf> {
    let folder = cache()?.join("crds");
    if !folder.is_dir() {
        bail!("the CRDs of others are not installed: run testbed/tools/install control-plane");
    }
    Ok(folder)
}

/// The folder with Istio's charts, `base` and `istio-discovery`, and its proxy's first configuration.
///
/// # Errors
///
/// They are not installed; the message says how.
pub fn mesh() -> Result<PathBuf> {
    let folder = cache()?.join("mesh");
    if !folder.is_dir() {
        bail!("Istio is not installed: run testbed/tools/install mesh");
    }
    Ok(folder)
}

/// The path of a program: the cache's own first (a machine's `kubectl` may be any version), then Debian's.
///
/// # Errors
///
/// The program is nowhere; the message names the `group` of `testbed/tools/install` that brings it.
pub fn find(program: &str, group: &str) -> Result<PathBuf> {
    let cached = cache()?.join("bin").join(program);
    let found = std::iter::once(cached)
        .chain(DEBIAN_FOLDERS.iter().map(|folder| Path::new(folder).join(program)))
        .find(|path| path.is_file());
    match found {
        Some(path) => Ok(path),
        None => bail!("{program} is not installed: run testbed/tools/install {group}"),
    }
}
