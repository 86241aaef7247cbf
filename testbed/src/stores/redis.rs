//! Redis without persistence.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use nix::sys::signal::Signal;

use crate::process::Group;
use crate::tools;

pub(super) fn start(group: &mut Group, port: u16) -> Result<()> {
    let mut command = Command::new(tools::find("redis-server", "stores")?);
    command.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
    command.args(["--save", "", "--appendonly", "no", "--dir"]).arg(group.folder());
    group.start("redis", command, Signal::SIGKILL)
}

pub(super) fn wait(group: &mut Group, port: u16) -> Result<()> {
    group.wait_for("redis", Duration::from_secs(60), || {
        super::first_words(port, b"PING\r\n").is_some_and(|answer| answer.starts_with("+PONG"))
    })
}
