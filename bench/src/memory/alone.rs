//! Each service as a process of its own, one after the other, beside those of `make dev` and on the same stores.

use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::Signal;
use warung_contracts::manifest::{self, Manifest};
use warung_testbed::process;

use super::{Memory, Program};
use crate::client::{Call, Connection};

/// Another loopback address, so that the services' own ports are free there.
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const READY_WITHIN: Duration = Duration::from_secs(30);

/// A program that is stopped when it is dropped, with the file it writes to.
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts a program whose output goes to `log`.
    ///
    /// # Errors
    ///
    /// When it can't be started.
    pub fn start(mut command: Command, log: PathBuf) -> Result<Self> {
        let output = File::create(&log).context("open a log")?;
        command.stdin(Stdio::null()).stdout(output.try_clone().context("open a log")?).stderr(output);
        Ok(Self { child: process::spawn_bound(command)?, log })
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until its health endpoint says so.
    ///
    /// # Errors
    ///
    /// When it ends, or is not ready in time: with the last lines it wrote.
    pub async fn ready(&mut self, address: SocketAddr) -> Result<()> {
        let (started, mut connection) = (Instant::now(), Connection::to(address));
        loop {
            let answer = connection.send(&Call::get("/readyz")).await;
            if answer.is_ok_and(|answer| answer.status.is_success()) {
                return Ok(());
            }
            let ended = self.child.try_wait().context("look at a program")?;
            if ended.is_some() || started.elapsed() > READY_WITHIN {
                bail!("it did not become ready; its last lines:\n{}", process::last_lines(&self.log, 8));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        process::end(&mut self.child, Signal::SIGTERM);
    }
}

/// Memory of each service alone, idle.
///
/// # Errors
///
/// When one does not become ready.
pub async fn all(warung: &Path) -> Result<Vec<Program>> {
    let folder = tempfile::tempdir().context("make a temporary folder")?;
    let mut programs = Vec::new();
    for service in manifest::all() {
        let memory = one(warung, service, folder.path()).await;
        let memory = memory.with_context(|| format!("run {} alone", service.name))?;
        programs.push(Program { name: service.name.clone(), when: "alone, idle", memory });
    }
    Ok(programs)
}

async fn one(warung: &Path, service: &Manifest, folder: &Path) -> Result<Memory> {
    let mut command = Command::new(warung);
    command.args(["serve", &service.name]).env("WARUNG_BIND", ADDRESS.to_string());
    let mut running = Running::start(command, folder.join(&service.name))?;
    running.ready(SocketAddr::new(ADDRESS, service.admin_port)).await?;
    Memory::settled(running.id()).await
}
