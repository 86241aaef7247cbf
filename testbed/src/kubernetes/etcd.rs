//! etcd on loopback. It doesn't sync to disk: nobody reads this data after a crash.

use std::process::Command;

use anyhow::Result;

use super::{Layout, flag};
use crate::tools;

pub(crate) fn command(layout: &Layout) -> Result<Command> {
    let client = layout.etcd_url();
    let peer = format!("http://127.0.0.1:{}", layout.etcd_peer_port);
    let mut command = Command::new(tools::find("etcd", "control-plane")?);
    command.arg(flag("data-dir", &layout.folder.join("etcd")));
    command.arg(format!("--listen-client-urls={client}"));
    command.arg(format!("--advertise-client-urls={client}"));
    command.arg(format!("--listen-peer-urls={peer}"));
    command.arg(format!("--initial-advertise-peer-urls={peer}"));
    command.arg(format!("--initial-cluster=default={peer}"));
    command.args(["--unsafe-no-fsync", "--logger=zap", "--log-level=warn"]);
    Ok(command)
}
