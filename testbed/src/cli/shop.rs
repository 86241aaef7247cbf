//! `testbed shop up|down`: Warung and a Shop on a cluster, with what is missing made first.
//!
//! ```text
//! cluster::find ─> image::load ─> install (helm, kubectl) ─> renew ─> watch ─> report
//! ```

mod cluster;
mod image;
mod install;
mod program;
mod renew;
mod report;
mod watch;
mod within;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use warung_testbed::node::{self, Progress};

pub use cluster::Cluster;

/// Brings everything up and says how to reach it. `manifest` is the Shop to apply.
pub fn up(manifest: &Path) -> Result<()> {
    let project = project()?;
    let progress = Progress::default();
    let mut cluster = Cluster::find(&project)?;
    progress.say(&format!("use {cluster}"));
    cluster.install_tools(&project)?;
    let image = image::make(&project, &cluster, &progress)?;
    cluster.start(&progress)?;
    image::load(&cluster, image.as_ref(), &progress)?;
    let shop = install::install(&cluster, &project, image.as_ref(), manifest, &progress)?;
    if let Some(image) = &image {
        renew::renew(&cluster, &shop, image, &progress)?;
    }
    watch::until_ready(&cluster, &shop, &progress)?;
    report::print(&cluster, &shop)
}

/// Runs a command against the shop that is up.
pub fn run(manifest: &Path, command: &[OsString]) -> Result<ExitCode> {
    let cluster = Cluster::find_existing()?.context("there is no cluster: run `make up` first")?;
    let shop = install::read(&cluster, manifest)?;
    within::run(&cluster, &shop, command)
}

/// Builds the release image and prints the path of its archive.
pub fn release_image() -> Result<()> {
    let project = std::env::current_dir().context("find the current folder")?;
    let binaries = image::build(&project)?;
    println!("{}", warung_testbed::images::release::archive(&project, &binaries)?.archive.display());
    Ok(())
}

/// Removes the Shop, the operator and, where it is ours, the node.
pub fn down(manifest: &Path) -> Result<()> {
    let progress = Progress::default();
    let own = node::state() != node::State::Down || !node::leftovers()?.is_empty();
    if own && cluster::asked_for().is_none() {
        node::down(&progress)?;
        progress.say("nothing of the node is left");
        return Ok(());
    }
    let Some(cluster) = Cluster::find_existing()? else {
        progress.say("there is no cluster: nothing to remove");
        return Ok(());
    };
    progress.say(&format!("use {cluster}"));
    install::remove(&cluster, manifest, &progress)
}

/// The root of the checkout: the folder that has the charts.
fn project() -> Result<std::path::PathBuf> {
    let folder = std::env::current_dir().context("find the current folder")?;
    if !folder.join("charts/warung-operator").is_dir() {
        bail!("run this at the root of the project: {} has no charts/warung-operator", folder.display());
    }
    Ok(folder)
}
