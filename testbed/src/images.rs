//! Image archives without a container engine and without a registry.
//!
//! - [`standin`]: PostgreSQL, Redis, NATS, Envoy and a shell, under the names of the official images, made of this
//!   machine's packages;
//! - `mesh`: Istio's control plane and proxy, of programs built from its module and of stock Envoy;
//! - [`release`]: Warung's own image, the very final stage of the `Dockerfile`, made of the release binaries.
//!
//! An archive is what `docker save` writes, so `docker load`, `minikube image load`, `kind load image-archive` and
//! containerd all take it.

mod archive;
mod dockerfile;
mod mesh;
pub mod release;
mod rootfs;
pub mod standin;

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::tools;

/// The folder for archives, made if missing.
fn folder() -> Result<PathBuf> {
    let folder = tools::cache()?.join("images");
    std::fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    Ok(folder)
}
