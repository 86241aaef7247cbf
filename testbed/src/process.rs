//! Child processes and folders that never outlive the process that asked for them.
//!
//! ```text
//!   caller ── Group ──┬── a server: own process group, dies by signal when the spawner's thread ends
//!                     └── a guard: waits for the end of a pipe that only the caller holds, then removes the folder
//! ```
//!
//! Dropping a [`Group`] stops its processes and removes its folder. When the caller is killed instead, the kernel
//! signals the children (`PR_SET_PDEATHSIG`) and closes the guard's pipe.

mod spawner;

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::wait;

/// How long a server may take to stop when asked to, before it is killed.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// Removes the folder `$1` once its standard input ends, trying for 10 s while dying servers still write there.
/// Deaf to the terminal's signals: it must outlive what they kill.
const GUARD: &str = r#"trap '' INT TERM HUP QUIT
cat >/dev/null
n=0
while [ -e "$1" ] && [ $n -lt 100 ]; do rm -rf -- "$1" 2>/dev/null && break; n=$((n+1)); sleep 0.1; done"#;

/// Servers and the temporary folder that they share.
pub struct Group {
    folder: PathBuf,
    servers: Vec<Server>,
    guard: Child,
    guard_pipe: Option<ChildStdin>,
}

struct Server {
    name: &'static str,
    child: Child,
    stop: Signal,
}

impl Group {
    /// A group with a new folder in the system's temporary folder, named `warung-<name>-…`.
    ///
    /// # Errors
    ///
    /// The folder can't be made, or `/bin/sh` (the guard) can't be started.
    pub fn new(name: &str) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix(&format!("warung-{name}-"))
            .tempdir()
            .context("make a temporary folder")?
            .keep();
        let mut guard = Command::new("/bin/sh");
        guard.args(["-c", GUARD, "warung-testbed-guard"]).arg(&folder);
        guard.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let mut guard = guard.spawn().context("start /bin/sh to guard a temporary folder")?;
        let guard_pipe = guard.stdin.take();
        Ok(Self { folder, servers: Vec::new(), guard, guard_pipe })
    }

    /// The folder of this group; everything its servers write belongs there.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts a server whose output goes to `<folder>/<name>.log`. `stop` is the signal that ends it.
    ///
    /// # Errors
    ///
    /// The program can't be started.
    pub fn start(&mut self, name: &'static str, command: Command, stop: Signal) -> Result<()> {
        let mut command = command;
        let log = File::create(self.log(name)).with_context(|| format!("open the log of {name}"))?;
        let errors = log.try_clone().with_context(|| format!("open the log of {name}"))?;
        command.stdin(Stdio::null()).stdout(log).stderr(errors).process_group(0);
        let child = spawner::spawn(command, stop).with_context(|| format!("start {name}"))?;
        self.servers.push(Server { name, child, stop });
        Ok(())
    }

    /// Kills a server as a crash would, so that it can be started again on what it left.
    pub fn crash(&mut self, name: &str) {
        for mut server in self.servers.extract_if(.., |server| server.name == name) {
            // One that has ended already is as dead as wanted.
            let _ = server.child.kill();
            let _ = server.child.wait();
        }
    }

    /// Waits until `ready`, failing at once when a server of the group has ended.
    ///
    /// # Errors
    ///
    /// The time is over or a server has ended: the message carries the last lines of its log.
    pub fn wait_for(
        &mut self,
        name: &'static str,
        within: Duration,
        mut ready: impl FnMut() -> bool,
    ) -> Result<()> {
        let waited = wait::until(name, within, || {
            for server in &mut self.servers {
                if let Some(status) = server.child.try_wait().context("look at a server")? {
                    bail!("{} ended: {status}", server.name);
                }
            }
            Ok(ready())
        });
        waited.with_context(|| format!("{name} did not start; its last lines:\n{}", self.tail(name)))
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.log"))
    }

    fn tail(&self, name: &str) -> String {
        last_lines(&self.log(name), 8)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for server in self.servers.iter_mut().rev() {
            end(&mut server.child, server.stop);
        }
        // A folder that can't be removed now is the guard's to try again, so its result is not needed here.
        let _ = std::fs::remove_dir_all(&self.folder);
        drop(self.guard_pipe.take());
        let _ = self.guard.wait();
    }
}

/// Starts a program that gets SIGTERM when this process ends, however it ends. Its output is ours.
///
/// # Errors
///
/// The program can't be started.
pub fn spawn_bound(command: Command) -> Result<Child> {
    spawner::spawn(command, Signal::SIGTERM).context("start a program")
}

/// Asks a child to end, and kills it when it doesn't in time. A child that has already ended is fine.
pub fn end(child: &mut Child, stop: Signal) {
    // A child not yet waited for keeps its id, so these signals can't reach a stranger.
    let Ok(pid) = i32::try_from(child.id()) else { return };
    let _ = kill(Pid::from_raw(pid), stop);
    let ended = wait::until("the end of a server", STOP_WITHIN, || Ok(child.try_wait()?.is_some()));
    if ended.is_err() {
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// The last `count` lines of a file; empty when it can't be read.
#[must_use]
pub fn last_lines(path: &Path, count: usize) -> String {
    let text = std::fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}
