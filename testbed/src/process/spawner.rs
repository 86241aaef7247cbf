//! One thread that starts every child, and lives as long as the process.
//!
//! `PR_SET_PDEATHSIG` fires when the *thread* that started a child ends. Test threads and blocking pools come and go;
//! this one doesn't.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};

use nix::sys::prctl;
use nix::sys::signal::Signal;

type Order = (Command, Sender<io::Result<Child>>);

static ORDERS: OnceLock<Sender<Order>> = OnceLock::new();

/// Starts `command`; the kernel sends it `on_parent_death` when this process ends, however it ends.
///
/// # Errors
///
/// Those of [`Command::spawn`].
pub fn spawn(mut command: Command, on_parent_death: Signal) -> io::Result<Child> {
    let parent = nix::unistd::getpid();
    let last_words = move || {
        prctl::set_pdeathsig(on_parent_death)?;
        // The parent may have died between fork and prctl.
        if nix::unistd::getppid() != parent {
            return Err(io::Error::from(nix::errno::Errno::ESRCH));
        }
        Ok(())
    };
    #[expect(unsafe_code, reason = "there is no safe way to run code between fork and exec")]
    // SAFETY: the closure makes two system calls, allocates nothing and takes no lock.
    unsafe {
        command.pre_exec(last_words);
    }
    let (answer, answered) = channel();
    orders()?.send((command, answer)).map_err(io::Error::other)?;
    answered.recv().map_err(io::Error::other)?
}

fn orders() -> io::Result<&'static Sender<Order>> {
    if let Some(orders) = ORDERS.get() {
        return Ok(orders);
    }
    let (orders, received) = channel::<Order>();
    std::thread::Builder::new().name("testbed-spawner".to_owned()).spawn(move || {
        for (mut command, answer) in received {
            // The asker waits for the answer; if it is gone, so is its wish to know.
            let _ = answer.send(command.spawn());
        }
    })?;
    // When two threads come here at once, the loser's thread ends with its channel, having started nothing.
    Ok(ORDERS.get_or_init(|| orders))
}
