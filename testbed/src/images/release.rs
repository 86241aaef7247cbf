//! Warung's own image, made of the release binaries.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{archive, dockerfile};

/// Name and tag of the image.
pub const IMAGE: &str = concat!("ghcr.io/warung-dev/warung:", env!("CARGO_PKG_VERSION"));
/// What the archive may weigh, in bytes.
const SIZE_MAX: u64 = 60_000_000;

/// The release image as a file.
#[derive(Debug)]
pub struct Image {
    pub archive: PathBuf,
    /// SHA-256 of its configuration in hex, which names the content: another build has another.
    pub id: String,
}

/// Makes the archive of the release image. `project` is the root of the checkout, `binaries` the folder with `warung`
/// and `warung-operator`. The root file system comes from the script that the `Dockerfile` runs too.
///
/// # Errors
///
/// A binary is missing or not static, the Dockerfile's final stage is not understood, or the image is too big.
pub fn archive(project: &Path, binaries: &Path) -> Result<Image> {
    let root = tempfile::Builder::new().prefix("warung-image-").tempdir().context("make a folder")?;
    let script = project.join("testbed/image/rootfs");
    let output = Command::new("sh").arg(&script).arg(binaries).arg(root.path()).output();
    let output = output.with_context(|| format!("run {}", script.display()))?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let text = std::fs::read_to_string(project.join("Dockerfile")).context("read the Dockerfile")?;
    let config = dockerfile::final_stage(&text)?;
    let to = super::folder()?.join(concat!("warung-", env!("CARGO_PKG_VERSION"), ".tar"));
    let id = archive::write(root.path(), IMAGE, &config, &to)?;
    let size = to.metadata().context("look at the archive")?.len();
    if size > SIZE_MAX {
        bail!("the release image has {size} bytes; at most {SIZE_MAX} are allowed");
    }
    Ok(Image { archive: to, id })
}
