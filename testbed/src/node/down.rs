//! Removing the node, and making sure that nothing of it is left.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid};

use super::places::{MADE_FILE, NAME, RUN, STATE};
use super::{Progress, cgroups, network, up};
use crate::wait;

/// For the kernel to end some hundred processes.
const END_WITHIN: Duration = Duration::from_secs(30);

/// Stops the node and removes everything of it. Without one, it does nothing.
///
/// # Errors
///
/// Not root, or something could not be removed: the message names it.
pub fn down(progress: &Progress) -> Result<()> {
    if leftovers()?.is_empty() {
        return Ok(());
    }
    if !Uid::effective().is_root() {
        bail!("removing the node needs root");
    }
    progress.say("stop the node and remove what is left of it");
    if let Some(pid) = up::running() {
        kill(Pid::from_raw(pid), Signal::SIGKILL).context("stop the node")?;
    }
    // A node that `up` lost track of still ends: whatever lives in its namespace or its cgroups.
    for pid in processes()? {
        // It may have ended this moment.
        let _ = pid.parse().map(|pid| kill(Pid::from_raw(pid), Signal::SIGKILL));
    }
    wait::until("the end of the node's processes", END_WITHIN, || Ok(processes()?.is_empty()))?;
    network::remove()?;
    cgroups::remove()?;
    remove_made_folders()?;
    for folder in [RUN, STATE] {
        if Path::new(folder).exists() {
            std::fs::remove_dir_all(folder).with_context(|| format!("remove {folder}"))?;
        }
    }
    let left = leftovers()?;
    if !left.is_empty() {
        bail!("left behind: {}", left.join(", "));
    }
    Ok(())
}

/// Everything of a node that can be seen on this machine: none after `down`.
///
/// # Errors
///
/// `/proc` can't be read.
pub fn leftovers() -> Result<Vec<String>> {
    let mut left: Vec<String> = processes()?.iter().map(|pid| format!("process {pid}")).collect();
    let mut folders = cgroups::folders()?;
    folders.extend([RUN, STATE].map(Into::into));
    folders.extend([network::namespace(), network::link()]);
    left.extend(folders.iter().filter(|path| path.exists()).map(|path| path.display().to_string()));
    let mounts = std::fs::read_to_string("/proc/self/mounts").context("read /proc/self/mounts")?;
    let mounted = mounts.lines().filter_map(|line| line.split(' ').nth(1)).filter(|place| {
        (place.starts_with(STATE) || place.starts_with(RUN)) && !Path::new(place).starts_with("/run/netns")
    });
    left.extend(mounted.map(|place| format!("mount {place}")));
    Ok(left)
}

/// Processes in the node's network namespace or its cgroups (pods have network namespaces of their own).
fn processes() -> Result<Vec<String>> {
    let namespace = identity(&network::namespace());
    let entries = std::fs::read_dir("/proc").context("read /proc")?.flatten();
    let ids = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let ids = ids.filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
    Ok(ids.filter(|id| in_node(id, namespace)).collect())
}

fn in_node(id: &str, namespace: Option<(u64, u64)>) -> bool {
    let network = identity(Path::new(&format!("/proc/{id}/ns/net")));
    if namespace.is_some() && network == namespace {
        return true;
    }
    let cgroups = std::fs::read_to_string(format!("/proc/{id}/cgroup")).unwrap_or_default();
    let paths = cgroups.lines().filter_map(|line| line.splitn(3, ':').nth(2));
    paths.map(|path| path.trim_start_matches('/')).any(|path| path.split('/').next() == Some(NAME))
}

/// Device and inode: what makes two namespaces the same.
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|data| (data.dev(), data.ino()))
}

fn remove_made_folders() -> Result<()> {
    let made = std::fs::read_to_string(MADE_FILE).unwrap_or_default();
    for folder in made.lines().filter(|folder| Path::new(folder).exists()) {
        std::fs::remove_dir(folder).with_context(|| format!("remove {folder}"))?;
    }
    Ok(())
}
