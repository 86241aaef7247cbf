//! `testbed with-stores -- COMMAND…`

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use warung_testbed::stores::Stores;

use super::signals;

/// Runs `command` with the stores' URLs in its environment; its exit code becomes ours.
pub fn run(command: &[OsString]) -> Result<ExitCode> {
    let (program, arguments) = command.split_first().context("name a command after --")?;
    let stopped = signals::Stop::listen()?;
    let stores = Stores::start()?;
    let mut child = Command::new(program)
        .args(arguments)
        .env("WARUNG_TEST_POSTGRES_URL", stores.postgres_url())
        .env("WARUNG_TEST_NATS_URL", stores.nats_url())
        .env("WARUNG_TEST_REDIS_URL", stores.redis_url())
        .env("WARUNG_TEST_FOLDER", stores.folder())
        .spawn()
        .with_context(|| format!("run {}", program.display()))?;
    let status = stopped.forward_until_ended(&mut child)?;
    drop(stores);
    Ok(signals::exit_code(status))
}
