//! Files that the node's programs read: certificates made anew, the rest as it stands in `testbed/node/`.

use std::path::Path;

use anyhow::{Context, Result};
use nix::sys::statfs::{OVERLAYFS_SUPER_MAGIC, statfs};

use super::places::{MADE_FILE, MOUNT_POINTS, NAME, RUN, STATE};
use crate::kubernetes::{certificates, kubeconfig};

const FILES: [(&str, &str); 8] = [
    ("containerd.toml", include_str!("../../node/containerd.toml")),
    ("cni/10-pods.conflist", include_str!("../../node/cni/10-pods.conflist")),
    ("kubelet.json", include_str!("../../node/kubelet.json")),
    ("kube-proxy.json", include_str!("../../node/kube-proxy.json")),
    ("Corefile", include_str!("../../node/Corefile")),
    ("resolv.conf", include_str!("../../node/resolv.conf")),
    ("local-path.json", include_str!("../../node/local-path.json")),
    ("helper-pod.yaml", include_str!("../../node/helper-pod.yaml")),
];

/// Objects that every cluster has beyond its control plane.
pub(super) const ADDONS: &str = include_str!("../../node/addons.yaml");

/// Makes the node's folders and writes everything into them.
pub(super) fn write() -> Result<()> {
    for folder in ["config/cni", "log/pods", "log/var-log", "private/run", "volumes", "volume-plugins"] {
        make(&Path::new(STATE).join(folder))?;
    }
    make(Path::new(RUN))?;
    let mut made = Vec::new();
    for folder in MOUNT_POINTS {
        if !Path::new(folder).exists() {
            make(Path::new(folder))?;
            made.push(folder);
        }
    }
    std::fs::write(MADE_FILE, made.join("\n")).with_context(|| format!("write {MADE_FILE}"))?;
    let overlaid = on_overlay(Path::new(STATE))?;
    for (name, text) in FILES {
        let path = Path::new(STATE).join("config").join(name);
        let text = if overlaid { without_overlays(text) } else { text.to_owned() };
        std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
    }
    let layout = super::layout();
    certificates::write_all(&layout, Some(NAME))?;
    for name in ["admin", "controller-manager", "scheduler", "proxy", "kubelet"] {
        kubeconfig::write(&layout, name)?;
    }
    Ok(())
}

fn make(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))
}

/// Whether a folder is on an overlay itself, as in most containers: the kernel stacks no further one on it.
fn on_overlay(folder: &Path) -> Result<bool> {
    let found = statfs(folder).with_context(|| format!("look at the file system of {}", folder.display()))?;
    Ok(found.filesystem_type() == OVERLAYFS_SUPER_MAGIC)
}

/// containerd's configuration with whole copies of images instead of overlays: slower and larger, and works anywhere.
fn without_overlays(text: &str) -> String {
    text.replace("snapshotter = \"overlayfs\"", "snapshotter = \"native\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_on_an_overlay_get_whole_copies() {
        let (_, containerd) = FILES[0];
        assert!(containerd.contains("overlayfs") && !without_overlays(containerd).contains("overlayfs"));
        let proc = on_overlay(Path::new("/proc")).expect("/proc is a file system");
        assert!(!proc);
    }
}
