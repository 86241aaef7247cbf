//! `warung`: runs any of the services, or all in one process, and migrates them.

mod command;
mod people;
mod services;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use warung_chassis::{config::Env, service::BuildError, supervise, telemetry};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The services of a Warung shop.
#[derive(Debug, Parser)]
#[command(version, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a service, or `all` of them in one process
    Serve(command::serve::Args),
    /// Bring the database of a service, or of `all`, to the newest schema
    Migrate {
        /// Name of a service, or `all`
        service: String,
    },
    /// Make a catalogue and people to try a shop with: the same again by the same seed
    Seed(command::seed::Args),
    /// Look after the keys of auth
    #[command(subcommand)]
    Auth(command::auth::Command),
    /// Make the NATS streams and consumers that the manifests name
    Provision,
    /// List, show, replay or purge the events that services gave up
    Events(command::events::Args),
    /// Print the AsyncAPI document of all events
    Asyncapi,
    /// Print the OpenAPI document of a service, or of `all` together
    Openapi(command::openapi::Args),
    /// Tend the catalogue
    Product {
        #[command(subcommand)]
        action: command::product::Action,
    },
}

fn main() -> ExitCode {
    // Fails only when a provider is installed already, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let cli: Cli = match warung_command_line::parse() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("the runtime can't start: {error}"), 1),
    };
    match runtime.block_on(run(cli.command, &Env::process())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(BuildError::Config(error)) => fail(&error.to_string(), warung_command_line::USAGE),
        Err(BuildError::Other(error)) => fail(&format!("{error:#}"), 1),
    }
}

fn fail(message: &str, code: u8) -> ExitCode {
    for line in message.lines() {
        eprintln!("warung: {line}");
    }
    ExitCode::from(code)
}

async fn run(command: Command, env: &Env) -> Result<(), BuildError> {
    match command {
        Command::Serve(args) => {
            let _guard = telemetry::start(&args.service, env)?;
            let stop = supervise::stop_signal().map_err(anyhow::Error::from)?;
            command::serve::run(&args, env, stop).await
        }
        Command::Migrate { service } => {
            let _guard = telemetry::start("migrate", env)?;
            command::migrate::run(&service, env).await
        }
        Command::Seed(args) => command::seed::run(&args, env).await,
        Command::Auth(command) => command::auth::run(&command, env),
        Command::Provision => command::provision::run(env).await,
        Command::Asyncapi => command::asyncapi::run(),
        Command::Events(args) => command::events::run(args, env).await,
        Command::Product { action } => command::product::run(action, env).await,
        Command::Openapi(args) => command::openapi::run(&args, env).await,
    }
}
