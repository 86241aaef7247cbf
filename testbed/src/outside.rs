//! What tests hold the project against and that is no part of it: other people's contracts, schemas and servers.
//!
//! A clone alone has none of them. A test that finds nothing gets `None`, and whoever runs it is told so.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use serde_json::Value;

use crate::tools;

/// The folder beside the project in which contracts and schemas lie when no variable names another.
const BESIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared");

/// The folder of the payment and message companies' contracts: `WARUNG_CONTRACTS`, else `../shared/contracts`.
pub fn contracts() -> Option<PathBuf> {
    folder("WARUNG_CONTRACTS", "contracts")
}

/// The folder of Kong's published JSON Schemas: `WARUNG_KONG_SCHEMAS`, else `../shared/kong`.
pub fn kong_schemas() -> Option<PathBuf> {
    folder("WARUNG_KONG_SCHEMAS", "kong")
}

/// A JSON file of the contracts, by its path below their folder.
///
/// # Panics
///
/// The folder is there and the file is not, or it is no JSON: then the test's idea of it is wrong.
pub fn contract(path: &str) -> Option<Value> {
    let file = contracts()?.join(path);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
}

/// A program that the `group` of `testbed/tools/install` brings.
pub fn program(name: &str, group: &str) -> Option<PathBuf> {
    tools::find(name, group).map_err(|error| skipped(&error.to_string())).ok()
}

/// The Python that has a module which the `group` of `testbed/tools/install` brings.
pub fn python_with(module: &str, group: &str) -> Option<PathBuf> {
    let python = tools::python(group).map_err(|error| skipped(&error.to_string())).ok()?;
    let mut import = Command::new(&python);
    import.args(["-c", &format!("import {module}")]).stderr(Stdio::null());
    if import.status().is_ok_and(|status| status.success()) {
        return Some(python);
    }
    skipped(&format!("{module} is not installed: run testbed/tools/install {group}"));
    None
}

fn folder(variable: &str, name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map_or_else(|| Path::new(BESIDE).join(name), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    skipped(&format!("{} is not there; set {variable}", folder.display()));
    None
}

/// Says once in a process, in a line of its own, why tests check less than they could.
///
/// The harness keeps for itself what a passing test prints by macros; what is written to standard error directly is
/// seen, also under `--quiet`.
pub fn skipped(why: &str) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut said = SAID.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if said.insert(why.to_owned()) {
        // Nobody reads a closed standard error; the tests go on.
        let _ = writeln!(std::io::stderr(), "\nSKIPPED: {why}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Set for the process in which the test below plays a test that finds nothing.
    const PLAYED: &str = "WARUNG_TEST_PLAYS_SKIPPED";

    #[test]
    fn a_test_that_passes_without_what_it_needs_is_seen_to() {
        if std::env::var_os(PLAYED).is_some() {
            assert_eq!(contracts(), None);
            assert_eq!(contracts(), None);
            return;
        }
        let mut quiet = Command::new(std::env::current_exe().unwrap());
        quiet.args([
            "--quiet",
            "--exact",
            "outside::tests::a_test_that_passes_without_what_it_needs_is_seen_to",
        ]);
        let output = quiet.env(PLAYED, "1").env("WARUNG_CONTRACTS", "/nonexistent").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("1 passed"));
        assert_eq!(said.trim(), "SKIPPED: /nonexistent is not there; set WARUNG_CONTRACTS");
    }
}
