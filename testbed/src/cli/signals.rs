//! Ctrl-C and termination: passed on to the child, so that whoever started it can clean up behind it.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitCode, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Between two looks at the child and at the signals.
const PAUSE: Duration = Duration::from_millis(20);
/// What a child may take to end after a signal, before it is killed.
const END_WITHIN: Duration = Duration::from_secs(15);

/// The first signal asking this process to stop, once one came.
pub struct Stop(Arc<AtomicI32>);

impl Stop {
    /// Starts listening: from here on, signals no longer end this process by themselves.
    pub fn listen() -> Result<Self> {
        let first = Arc::new(AtomicI32::new(0));
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM]).context("listen for signals")?;
        let seen = Arc::clone(&first);
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || signals.forever().for_each(|signal| seen.store(signal, Ordering::Relaxed)))
            .context("start the thread that listens for signals")?;
        Ok(Self(first))
    }

    /// The signal that came, if any.
    pub fn signal(&self) -> Option<Signal> {
        Signal::try_from(self.0.load(Ordering::Relaxed)).ok()
    }

    /// Waits for the child's end; a signal is passed on to it, and 15 s later it is killed.
    pub fn forward_until_ended(&self, child: &mut Child) -> Result<ExitStatus> {
        let mut asked: Option<Instant> = None;
        loop {
            if let Some(status) = child.try_wait().context("wait for the command")? {
                return Ok(status);
            }
            match (self.signal(), asked) {
                (Some(signal), None) => {
                    let pid = i32::try_from(child.id()).context("read the command's id")?;
                    // It may have ended this moment: the next look says so.
                    let _ = kill(Pid::from_raw(pid), signal);
                    asked = Some(Instant::now());
                }
                (_, Some(since)) if since.elapsed() > END_WITHIN => {
                    child.kill().context("kill the command")?
                }
                _ => {}
            }
            std::thread::sleep(PAUSE);
        }
    }
}

/// A child's exit status as an exit code, by the shell's rule: 128 plus the signal that ended it.
pub fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}
