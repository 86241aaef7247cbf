//! Running a program and taking its output, with its complaint as the error.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use warung_testbed::process;

/// What the program prints; its standard error becomes the error when it fails.
pub fn text(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("run {name}"))?;
    if !output.status.success() {
        bail!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What the program prints as JSON; null when that is nothing.
pub fn json(command: &mut Command) -> Result<Value> {
    let text = text(command)?;
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    let name = command.get_program().to_string_lossy();
    serde_json::from_str(&text).with_context(|| format!("read what {name} prints"))
}

/// Runs it with its output shown. It ends when we do: a stopped `up` leaves no build running.
pub fn shown(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null());
    let command = std::mem::replace(command, Command::new(""));
    let mut child = process::spawn_bound(command).with_context(|| format!("run {name}"))?;
    let status = child.wait().with_context(|| format!("wait for {name}"))?;
    if !status.success() {
        bail!("{name} failed: {status}");
    }
    Ok(())
}

/// Whether the program is on the PATH and says it is well.
pub fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
