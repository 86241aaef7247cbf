//! NATS with JetStream on, files in the group's folder.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use nix::sys::signal::Signal;

use crate::process::Group;
use crate::tools;

pub(super) fn start(group: &mut Group, port: u16) -> Result<()> {
    let mut command = Command::new(tools::find("nats-server", "stores")?);
    command.args(["--addr", "127.0.0.1", "--port", &port.to_string(), "--jetstream", "--store_dir"]);
    command.arg(group.folder().join("nats"));
    group.start("nats", command, Signal::SIGKILL)
}

pub(super) fn wait(group: &mut Group, port: u16) -> Result<()> {
    // The server greets every connection with an INFO line that names JetStream when it is on.
    group.wait_for("nats", Duration::from_secs(60), || {
        super::first_words(port, b"").is_some_and(|info| info.contains("\"jetstream\":true"))
    })
}
