//! The cgroup `warung-testbed`, under which the kubelet puts every pod, in each hierarchy that is mounted.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use super::places::NAME;
use crate::wait;

/// Makes it everywhere.
pub(super) fn make() -> Result<()> {
    for folder in folders()? {
        std::fs::create_dir_all(&folder).with_context(|| format!("make the cgroup {}", folder.display()))?;
        inherit_cpuset(&folder)?;
    }
    Ok(())
}

/// Removes it everywhere with all below. Its processes must have ended; the kernel may need a moment to notice.
pub(super) fn remove() -> Result<()> {
    wait::until("the end of the node's cgroups", Duration::from_secs(20), || {
        let folders = folders()?;
        Ok(folders.iter().filter(|folder| folder.exists()).all(|folder| remove_tree(folder)))
    })
}

/// Where it is, or would be.
pub(super) fn folders() -> Result<Vec<PathBuf>> {
    let mounts = std::fs::read_to_string("/proc/self/mounts").context("read /proc/self/mounts")?;
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let (place, kind) = (words.nth(1)?, words.next()?);
        matches!(kind, "cgroup" | "cgroup2").then(|| Path::new(place).join(NAME))
    });
    Ok(mounts.collect())
}

/// In the old hierarchy a cpuset without processors takes no process.
fn inherit_cpuset(folder: &Path) -> Result<()> {
    let Some(parent) = folder.parent() else { return Ok(()) };
    for file in ["cpuset.cpus", "cpuset.mems"] {
        let (own, above) = (folder.join(file), parent.join(file));
        if !own.exists() || !above.exists() || folder.join("cgroup.controllers").exists() {
            continue;
        }
        let value = std::fs::read_to_string(&above).with_context(|| format!("read {}", above.display()))?;
        std::fs::write(&own, value).with_context(|| format!("write {}", own.display()))?;
    }
    Ok(())
}

/// A cgroup's files can't be deleted; removing the folders from the innermost outwards is how it ends.
fn remove_tree(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_tree(&entry.path());
        }
    }
    std::fs::remove_dir(folder).is_ok()
}
