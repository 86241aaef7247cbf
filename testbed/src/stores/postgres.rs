//! PostgreSQL on a fresh data folder, without durability.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use nix::unistd::{Uid, User, chown};

use crate::process::Group;
use crate::tools;

/// Settings that trade durability (nobody reads this data after a crash) for speed, and room for many test pools.
const SETTINGS: [&str; 14] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=500",
    "shared_buffers=128MB",
    "max_wal_size=2GB",
    "jit=off",
    "random_page_cost=1.1",
    // Nobody replicates, and checkpoints make nothing safer here.
    "wal_level=minimal",
    "max_wal_senders=0",
    "checkpoint_timeout=1h",
    // What was filled a moment ago is known to the planner soon, not after a minute of reading whole tables.
    "autovacuum_naptime=5s",
    "unix_socket_directories=",
    "timezone=UTC",
];

pub(super) fn start(group: &mut Group, port: u16) -> Result<()> {
    let data = prepare_folder(group.folder())?;
    initdb(&data)?;
    let mut command = Command::new(tools::find("postgres", "stores")?);
    command.arg("-D").arg(&data).args(["-h", "127.0.0.1", "-p", &port.to_string()]);
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    drop_root(&mut command)?;
    // SIGQUIT is PostgreSQL's immediate shutdown: its children go too, and its shared memory is given back.
    group.start("postgres", command, Signal::SIGQUIT)
}

pub(super) fn wait(group: &mut Group, port: u16) -> Result<()> {
    let pg_isready = tools::find("pg_isready", "stores")?;
    group.wait_for("postgres", Duration::from_secs(120), || {
        let mut command = Command::new(&pg_isready);
        command.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
        command.stdin(Stdio::null()).status().is_ok_and(|status| status.success())
    })
}

/// PostgreSQL refuses to run as root, so root hands the data folder to an ordinary user.
fn prepare_folder(folder: &Path) -> Result<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let data = folder.join("postgres");
    std::fs::create_dir(&data).context("make PostgreSQL's data folder")?;
    if let Some(user) = unprivileged()? {
        let readable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder, readable).context("open the folder to PostgreSQL's user")?;
        chown(&data, Some(user.uid), Some(user.gid)).context("give PostgreSQL its data folder")?;
    }
    Ok(data)
}

fn initdb(data: &Path) -> Result<()> {
    let mut command = Command::new(tools::find("initdb", "stores")?);
    command.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]);
    command.args(["--no-sync", "--no-instructions", "-D"]).arg(data).stdin(Stdio::null());
    drop_root(&mut command)?;
    let output = command.output().context("run initdb")?;
    if !output.status.success() {
        bail!("initdb failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

fn drop_root(command: &mut Command) -> Result<()> {
    if let Some(user) = unprivileged()? {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw()).current_dir("/");
    }
    Ok(())
}

/// The user to become when root; `None` when already an ordinary user.
fn unprivileged() -> Result<Option<User>> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        if let Some(user) = User::from_name(name).context("read the user database")? {
            return Ok(Some(user));
        }
    }
    bail!("PostgreSQL does not run as root, and there is neither a user 'postgres' nor 'nobody'")
}
