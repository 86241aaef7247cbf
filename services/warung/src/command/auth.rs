//! `warung auth`

use clap::Subcommand;
use warung_chassis::{
    clock::Clock,
    config::{ConfigError, Env},
    service::BuildError,
};

/// The list of keys.
const KEYS: &str = "WARUNG_TOKEN_SIGNING_KEY";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the next value of `WARUNG_TOKEN_SIGNING_KEY`, which holds the present one: a fresh key begins to sign half an hour later
    RotateKeys,
}

/// Runs it. Nothing is changed: whoever keeps the secret writes it there.
///
/// # Errors
///
/// When the variable is missing or holds no keys.
pub fn run(command: &Command, env: &Env) -> Result<(), BuildError> {
    let Command::RotateKeys = command;
    let list = env.get("auth", KEYS).ok_or_else(|| ConfigError(vec![format!("{KEYS} is not set")]))?;
    let next = warung_auth::rotate::keys(list, Clock::system().now())?;
    Ok(super::print(next.trim_end())?)
}
