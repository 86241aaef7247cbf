//! What the tests on a whole node share: `make up` and `make down`, kubectl, and what they print.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{Result, ensure};
use serde_json::Value;
use warung_e2e::Shop;

/// Takes the shop down whatever happens in between.
pub struct Up;

impl Up {
    /// Brings it up.
    pub fn now() -> Result<Self> {
        let up = Self;
        ensure!(testbed(&["shop", "up"]).status()?.success(), "`make up` succeeds");
        Ok(up)
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        if std::env::var_os("WARUNG_E2E_KEEP").is_none() {
            let down = testbed(&["shop", "down"]).status();
            assert!(down.is_ok_and(|status| status.success()), "`make down` leaves nothing and says so");
        }
    }
}

/// The shop, through its gateway.
pub fn shop() -> Result<Shop> {
    let url = said(testbed(&["shop", "run", "--", "printenv", "WARUNG_URL"]).output()?)?;
    Shop::at(url.trim(), None)
}

/// What kubectl prints of objects in the Shop's namespace.
pub fn kubectl_json(arguments: &[&str]) -> Result<Value> {
    let mut command = kubectl(arguments)?;
    Ok(serde_json::from_str(&said(command.args(["-o", "json"]).output()?)?)?)
}

/// kubectl in the Shop's namespace.
pub fn kubectl(arguments: &[&str]) -> Result<Command> {
    let mut command = testbed(&["shop", "run", "--", "kubectl", "--namespace", "kopi"]);
    command.args(arguments);
    Ok(command)
}

/// The testbed's command, at the root of the project.
pub fn testbed(arguments: &[&str]) -> Command {
    let mut command = Command::new(program("testbed"));
    command.args(arguments).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
    command
}

/// A program of the workspace, built beside this test.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap_or_default();
    let folder = test.parent().and_then(Path::parent).unwrap_or(Path::new("."));
    folder.join(name)
}

/// What a program printed, when it succeeded.
pub fn said(output: Output) -> Result<String> {
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "it failed: {complaint}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
