//! The simulators of payment companies beside the shop, so that a developer can pay by each.

use std::path::Path;
use std::process::{Child, Command};

use anyhow::{Context, Result, bail};
use warung_testbed::process;

use super::environment::Variables;

/// The running program; it ends with this.
pub struct Simulators {
    child: Child,
    /// What payment needs to use them.
    pub settings: Variables,
}

impl Drop for Simulators {
    fn drop(&mut self) {
        process::end(&mut self.child, nix::sys::signal::Signal::SIGTERM);
    }
}

/// Starts `psp-sim`, which itself says how it is used.
pub fn start(program: &Path) -> Result<Simulators> {
    let settings = settings(program)?;
    let mut command = Command::new(program);
    command.args(["--shop", &format!("http://127.0.0.1:{}", super::FRONT)]);
    command.stdout(std::process::Stdio::null());
    let child = process::spawn_bound(command).with_context(|| format!("run {}", program.display()))?;
    Ok(Simulators { child, settings })
}

fn settings(program: &Path) -> Result<Variables> {
    let output = Command::new(program).arg("--settings").output();
    let output = output.with_context(|| format!("run {}", program.display()))?;
    if !output.status.success() {
        bail!("{} failed: {}", program.display(), String::from_utf8_lossy(&output.stderr).trim());
    }
    let text = String::from_utf8(output.stdout).context("read the simulators' settings")?;
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}
