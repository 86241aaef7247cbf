//! The cable between the machine and the node, seen from the machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::places::{HOST_ADDRESS, HOST_LINK, NAME, NODE_ADDRESS, PODS, SERVICES};

/// Makes the network namespace, the cable and the machine's routes into it.
pub(super) fn make() -> Result<()> {
    ip(&["netns", "add", NAME])?;
    ip(&["link", "add", HOST_LINK, "type", "veth", "peer", "name", "eth0", "netns", NAME])?;
    ip(&["addr", "add", &format!("{HOST_ADDRESS}/30"), "dev", HOST_LINK])?;
    ip(&["link", "set", HOST_LINK, "up"])?;
    for range in [PODS, SERVICES] {
        ip(&["route", "add", range, "via", &NODE_ADDRESS.to_string(), "dev", HOST_LINK])?;
    }
    Ok(())
}

/// The node's side, run inside its namespace. Forwarding is on in this namespace alone.
pub(super) fn make_inside() -> Result<()> {
    ip(&["link", "set", "lo", "up"])?;
    ip(&["addr", "add", &format!("{NODE_ADDRESS}/30"), "dev", "eth0"])?;
    ip(&["link", "set", "eth0", "up"])?;
    ip(&["route", "add", "default", "via", &HOST_ADDRESS.to_string()])?;
    std::fs::write("/proc/sys/net/ipv4/ip_forward", "1").context("let the node forward packets")
}

/// Removes what [`make`] made; what is not there is fine.
pub(super) fn remove() -> Result<()> {
    if link().exists() {
        ip(&["link", "del", HOST_LINK])?;
    }
    if namespace().exists() {
        ip(&["netns", "del", NAME])?;
    }
    Ok(())
}

/// The file that names the network namespace.
pub(super) fn namespace() -> PathBuf {
    Path::new("/run/netns").join(NAME)
}

/// What shows that the machine's end of the cable is there.
pub(super) fn link() -> PathBuf {
    Path::new("/sys/class/net").join(HOST_LINK)
}

fn ip(arguments: &[&str]) -> Result<()> {
    let output = Command::new("ip").args(arguments).output().context("run ip (package iproute2)")?;
    if !output.status.success() {
        bail!("ip {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
