//! Process 1 of the node: mounts what must be its own, starts the programs, and collects what ends.

mod mounts;
mod programs;

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

use super::places::STATE;
use super::{layout, network};
use crate::kubernetes::kubectl;
use crate::wait;
use programs::Program;

/// A program that keeps ending is started this many times again before the node gives up on it.
const RESTARTS: u32 = 20;
/// Between a program's end and its next start.
const PAUSE: Duration = Duration::from_millis(500);
/// The API server's start on a busy machine.
const API_WITHIN: Duration = Duration::from_secs(180);

/// Runs the node, inside namespaces that the caller has made. Returns only on failure.
///
/// # Errors
///
/// The namespaces can't be furnished, or the API server doesn't start.
pub fn run() -> Result<()> {
    mounts::make()?;
    network::make_inside()?;
    let layout = layout();
    let mut running = BTreeMap::new();
    for program in programs::control_plane(&layout)? {
        start(&mut running, program)?;
    }
    let admin = layout.kubeconfig("admin");
    wait::until("kube-apiserver", API_WITHIN, || Ok(kubectl::api_ready(&admin)))?;
    for program in programs::node(&layout)? {
        start(&mut running, program)?;
    }
    loop {
        // Containers' orphans end up here too: only our own programs start again.
        let ended = waitpid(None::<Pid>, None).context("wait for a program")?;
        let Some(mut program) = ended.pid().and_then(|pid| running.remove(&pid.as_raw())) else { continue };
        eprintln!("{} ended: {ended:?}", program.name);
        program.restarts += 1;
        if program.restarts <= RESTARTS {
            std::thread::sleep(PAUSE);
            start(&mut running, program)?;
        }
    }
}

fn start(running: &mut BTreeMap<i32, Program>, mut program: Program) -> Result<()> {
    let pid = spawn(program.name, &mut program.command)?;
    running.insert(pid, program);
    Ok(())
}

fn spawn(name: &str, command: &mut Command) -> Result<i32> {
    let path = Path::new(STATE).join("log").join(format!("{name}.log"));
    let open = || OpenOptions::new().create(true).append(true).open(&path);
    let log = open().with_context(|| format!("open {}", path.display()))?;
    let errors = open().with_context(|| format!("open {}", path.display()))?;
    let child = command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn();
    let child = child.with_context(|| format!("start {name}"))?;
    i32::try_from(child.id()).context("read a process id")
}
