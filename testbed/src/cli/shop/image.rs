//! The release image: built here, and put where the cluster looks for it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use warung_testbed::images::release::{self, Image};
use warung_testbed::node::{self, Progress};

use super::{Cluster, program};

/// Builds the release binaries and packs the image; `None` where the cluster pulls the published one.
pub fn make(project: &Path, cluster: &Cluster, progress: &Progress) -> Result<Option<Image>> {
    if let Cluster::Context(_) = cluster {
        progress.say(&format!(
            "the cluster must have the image {} or be able to pull it: nothing can be loaded into it from here",
            release::IMAGE
        ));
        return Ok(None);
    }
    if std::env::consts::OS != "linux" {
        progress.say("build the image with docker");
        program::shown(Command::new("docker").args(["build", "--tag", release::IMAGE]).arg(project))?;
        return Ok(None);
    }
    progress.say("build the release binaries (cold: several minutes)");
    let binaries = build(project)?;
    progress.say(&format!("pack the image {}", release::IMAGE));
    release::archive(project, &binaries).map(Some)
}

/// The folder with static release binaries.
pub fn build(project: &Path) -> Result<PathBuf> {
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    program::shown(Command::new(project.join("testbed/image/build")).current_dir(project))?;
    let folder = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| project.join("target"), PathBuf::from);
    Ok(folder.join(target).join("release"))
}

/// Puts the image into the cluster.
pub fn load(cluster: &Cluster, image: Option<&Image>, progress: &Progress) -> Result<()> {
    let archive = image.map(|image| image.archive.as_path());
    let (loader, words): (_, &[&str]) = match (cluster, archive) {
        (Cluster::Context(_), _) => return Ok(()),
        (Cluster::Node, Some(archive)) => {
            progress.say("load the image into the node");
            return node::load_image(archive);
        }
        (Cluster::Node, None) => bail!("the node needs an image archive, which only Linux makes"),
        (Cluster::Minikube(_), _) => ("minikube", &["image", "load"]),
        (Cluster::Kind(name), Some(_)) => ("kind", &["load", "image-archive", "--name", name]),
        (Cluster::Kind(name), None) => ("kind", &["load", "docker-image", "--name", name]),
    };
    progress.say(&format!("load the image with {loader}"));
    let image = archive.unwrap_or(Path::new(release::IMAGE));
    program::shown(Command::new(loader).args(words).arg(image))
}
