//! The node's own view of folders that its programs insist on.

use std::path::Path;

use anyhow::{Context, Result};
use nix::mount::{MsFlags, mount};

use super::super::places::{MOUNT_POINTS, RUN, STATE};

/// Kernel settings that the kubelet wants and would otherwise write for the whole machine: it finds them as it likes.
const SETTINGS: [(&str, &str); 6] = [
    ("/proc/sys/vm/overcommit_memory", "1"),
    ("/proc/sys/vm/panic_on_oom", "0"),
    ("/proc/sys/kernel/panic", "10"),
    ("/proc/sys/kernel/panic_on_oops", "1"),
    ("/proc/sys/kernel/keys/root_maxkeys", "1000000"),
    ("/proc/sys/kernel/keys/root_maxbytes", "25000000"),
];

pub(super) fn make() -> Result<()> {
    // Nothing mounted from here on reaches the machine.
    remount("/", MsFlags::MS_SLAVE)?;
    let private = Path::new(STATE).join("private");
    let run = private.join("run");
    bind(Path::new(RUN), &folder(&run.join("warung-testbed"))?)?;
    bind(&run, Path::new("/run"))?;
    bind(&Path::new(STATE).join("log/var-log"), Path::new("/var/log"))?;
    for point in MOUNT_POINTS {
        let name = Path::new(point).file_name().unwrap_or_default();
        bind(&folder(&private.join(name))?, Path::new(point))?;
    }
    pretend_settings(&private)?;
    // The kubelet shares its mounts with containers, within the node.
    remount("/", MsFlags::MS_SHARED)
}

fn pretend_settings(private: &Path) -> Result<()> {
    for (path, value) in SETTINGS {
        if !Path::new(path).exists() {
            continue;
        }
        let file = private.join(path.replace('/', "-"));
        std::fs::write(&file, value).with_context(|| format!("write {}", file.display()))?;
        bind(&file, Path::new(path))?;
    }
    Ok(())
}

fn folder(path: &Path) -> Result<std::path::PathBuf> {
    std::fs::create_dir_all(path).with_context(|| format!("make {}", path.display()))?;
    Ok(path.to_owned())
}

fn bind(from: &Path, to: &Path) -> Result<()> {
    let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
    mount(Some(from), to, None::<&str>, flags, None::<&str>)
        .with_context(|| format!("mount {} at {}", from.display(), to.display()))
}

fn remount(place: &str, propagation: MsFlags) -> Result<()> {
    mount(None::<&str>, place, None::<&str>, propagation | MsFlags::MS_REC, None::<&str>)
        .with_context(|| format!("change how mounts under {place} spread"))
}
