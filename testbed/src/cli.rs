//! The command's words, and what each calls.

mod signals;
mod with_stores;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Real stores and a real Kubernetes on this machine, from ordinary packages.
#[derive(Parser)]
#[command(name = "testbed", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a command with PostgreSQL, NATS and Redis beside it, named by WARUNG_TEST_{POSTGRES,NATS,REDIS}_URL
    WithStores {
        /// The command and its arguments, after `--`
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
}

/// Does what the arguments say; the exit code is that of the command run, where there is one.
pub fn run() -> Result<ExitCode> {
    match Arguments::parse().command {
        Command::WithStores { command } => with_stores::run(&command),
    }
}
