//! Starting the node, from the machine's side.

use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::unistd::Uid;

use super::places::{CONTAINERD, NAME, PID_FILE, STATE};
use super::{State, cgroups, configuration, images, network};
use crate::kubernetes::kubectl;
use crate::process::last_lines;
use crate::{tools, wait};

/// Each step on a cold, busy machine.
const STEP_WITHIN: Duration = Duration::from_secs(120);

/// Says what is being done, with the seconds since the start.
pub struct Progress(Instant);

impl Default for Progress {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Progress {
    /// One line.
    pub fn say(&self, what: &str) {
        println!("[{:6.1}s] {what}", self.0.elapsed().as_secs_f32());
    }
}

/// Starts the node and waits until pods can run; `archives` are the images to load. A running node is left as it is.
///
/// # Errors
///
/// Not root, a program is missing, or a part does not start: the message says where its log is. What was started is
/// left for a look; `down` removes it.
pub fn up(archives: &[PathBuf], progress: &Progress) -> Result<()> {
    if !Uid::effective().is_root() {
        bail!("a node of its own needs root: run this as root, or set KUBE_CONTEXT to a cluster that exists");
    }
    match super::state() {
        State::Ready => {
            progress.say("the node is up already");
            return load_all(archives, progress);
        }
        State::Starting => bail!("a node is starting, or failed to: run `testbed down` first"),
        State::Down => {}
    }
    check_programs()?;
    super::down(progress)?;
    progress.say("prepare certificates, cgroups and network");
    configuration::write()?;
    cgroups::make()?;
    network::make()?;
    progress.say("start etcd, kube-apiserver and containerd");
    start_inside()?;
    wait_for("containerd", || Path::new(CONTAINERD).exists())?;
    load_all(archives, progress)?;
    let admin = super::kubeconfig();
    progress.say("wait for the API server");
    wait_for("kube-apiserver", || kubectl::api_ready(&admin))?;
    apply(configuration::ADDONS)?;
    progress.say("wait for the node to be ready");
    wait_for("kubelet", super::ready)?;
    wait_for("kube-controller-manager", || {
        kubectl::run(&admin, &["get", "serviceaccount", "default", "-n", "local-path-storage"]).is_ok()
    })?;
    progress.say("the node is ready");
    Ok(())
}

/// The process id of the node's outermost process, if it runs.
pub(super) fn running() -> Option<i32> {
    let text = std::fs::read_to_string(PID_FILE).ok()?;
    let (pid, born) = text.split_once(' ')?;
    let pid: i32 = pid.parse().ok()?;
    // The id may have been given to a stranger since, who was born later.
    (birth(pid)? == born).then_some(pid)
}

/// When a process was started, in clock ticks since the machine's start (proc_pid_stat(5), field 22); `None` once it
/// has ended, also before its parent has noticed.
fn birth(pid: i32) -> Option<String> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; what follows it starts with the state, field 3.
    let mut fields = text.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    (state != "Z").then(|| fields.nth(18).map(str::to_owned))?
}

/// All programs, before anything is touched.
fn check_programs() -> Result<()> {
    let programs = [
        "etcd",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kubelet",
        "kube-proxy",
        "kubectl",
    ];
    let more =
        ["containerd", "ctr", "runc", "coredns", "local-path-provisioner", "ip", "nft", "nsenter", "unshare"];
    programs.iter().chain(&more).try_for_each(|program| tools::find(program, "node").map(drop))
}

/// Runs `testbed run-node` in namespaces of its own. Killing `unshare` kills it, and with process 1 all the others.
fn start_inside() -> Result<()> {
    let log = File::create(Path::new(STATE).join("log/init.log")).context("open the node's log")?;
    let errors = log.try_clone().context("open the node's log")?;
    let mut command = Command::new("nsenter");
    command.arg(format!("--net={}", network::namespace().display()));
    command.args(["unshare", "--pid", "--fork", "--mount", "--mount-proc", "--ipc", "--kill-child=SIGKILL"]);
    command.arg(std::env::current_exe().context("find this program")?).arg("run-node");
    command.stdin(Stdio::null()).stdout(log).stderr(errors).process_group(0).current_dir("/");
    let child = command.spawn().context("start the node")?;
    let pid = i32::try_from(child.id()).context("read a process id")?;
    let born = birth(pid).context("the node ended at once")?;
    std::fs::write(PID_FILE, format!("{pid} {born}")).with_context(|| format!("write {PID_FILE}"))
}

fn wait_for(program: &str, mut ready: impl FnMut() -> bool) -> Result<()> {
    let waited = wait::until(program, STEP_WITHIN, || {
        if running().is_none() {
            bail!("the node has ended");
        }
        Ok(ready())
    });
    waited.with_context(|| {
        let log = |name: &str| PathBuf::from(format!("{STATE}/log/{name}.log"));
        let (own, init) = (last_lines(&log(program), 5), last_lines(&log("init"), 5));
        format!("{program} did not start; logs are in {STATE}/log. The last lines:\n{own}\n{init}")
    })
}

fn load_all(archives: &[PathBuf], progress: &Progress) -> Result<()> {
    for archive in archives {
        let name = archive.file_name().unwrap_or_default().to_string_lossy();
        progress.say(&format!("load the image {name}"));
        images::load(archive)?;
    }
    Ok(())
}

fn apply(manifests: &str) -> Result<()> {
    let mut command = super::kubectl()?;
    command.args(["apply", "--server-side", "-f", "-"]).stdin(Stdio::piped());
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().context("run kubectl")?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(manifests.as_bytes()).context("write to kubectl")?;
    }
    let output = child.wait_with_output().context("wait for kubectl")?;
    if !output.status.success() {
        bail!("the add-ons of {NAME} were refused: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
