//! The command's words, and what each calls.

mod dev;
mod node;
mod shop;
mod signals;
mod with_stores;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The Shop of those who name none.
const MINIMAL: &str = "examples/minimal.yaml";

/// Real stores and a real Kubernetes on this machine, from ordinary packages.
#[derive(Parser)]
#[command(name = "testbed", version)]
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
    /// Start a single-node Kubernetes with the stand-in images and wait until pods can run
    Up,
    /// Remove the node and everything that belongs to it
    Down,
    /// Install Istio on the node that is up
    Mesh,
    /// Say whether the node is up; the exit code is 0 when it is ready, 3 when it is not
    Status,
    /// Import image archives into the node
    LoadImage {
        /// Files as `docker save` writes them, or OCI layouts as tar files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Make the archives of the stand-in images, and print their paths
    Images {
        /// Instead build the release binaries and pack Warung's own image
        #[arg(long)]
        release: bool,
    },
    /// Run all services in one process on stores of their own, until Ctrl-C or until COMMAND ends
    Dev {
        /// The program `warung`
        #[arg(long, default_value = "target/debug/warung", value_name = "FILE")]
        warung: PathBuf,
        /// The program `psp-sim`: PayPal, Xendit and Midtrans beside the sandbox
        #[arg(long, value_name = "FILE")]
        simulators: Option<PathBuf>,
        /// Send mails and show them while COMMAND runs, too
        #[arg(long)]
        mailbox: bool,
        /// Run this when everything is ready, then stop. No mail is sent then, unless --mailbox is given
        #[arg(last = true)]
        command: Vec<OsString>,
    },
    /// Write JSON Schemas of every kind of the API server, and of CRDs, for kubeconform
    Schemas {
        /// Where to write `<group>/<kind>_<version>.json`
        folder: PathBuf,
        /// Files or folders of CRDs
        #[arg(long = "crds", value_name = "PATH")]
        crds: Vec<PathBuf>,
    },
    /// Warung and a Shop on a cluster: KUBE_CONTEXT, a running minikube or kind, or a node of our own
    Shop {
        #[command(subcommand)]
        command: ShopCommand,
    },
    /// Process 1 of the node (called by `up`, in namespaces of its own)
    #[command(hide = true)]
    RunNode,
}

#[derive(Subcommand)]
enum ShopCommand {
    /// Build and load the image, install the charts, apply the Shop, wait until it sells
    Up {
        /// The Shop to apply
        #[arg(long, default_value = MINIMAL, value_name = "FILE", value_parser = warung_command_line::file)]
        shop: PathBuf,
    },
    /// Run a command against the shop that is up: WARUNG_URL, WARUNG_SHOP_NAME, WARUNG_SHOP_NAMESPACE, KUBECONFIG name it
    Run {
        /// The Shop that was applied
        #[arg(long, default_value = MINIMAL, value_name = "FILE", value_parser = warung_command_line::file)]
        shop: PathBuf,
        /// The command and its arguments, after `--`
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
    /// Remove the Shop, the operator and the testbed's node
    Down {
        /// The Shop that was applied
        #[arg(long, default_value = MINIMAL, value_name = "FILE", value_parser = warung_command_line::file)]
        shop: PathBuf,
    },
}

/// Does what the arguments say; the exit code is that of the command run, where there is one.
pub fn run() -> Result<ExitCode> {
    let done = |()| ExitCode::SUCCESS;
    let arguments: Arguments = match warung_command_line::parse() {
        Ok(arguments) => arguments,
        Err(code) => return Ok(code),
    };
    match arguments.command {
        Command::WithStores { command } => with_stores::run(&command),
        Command::Up => node::up().map(done),
        Command::Down => node::down().map(done),
        Command::Mesh => node::mesh().map(done),
        Command::Status => node::status(),
        Command::LoadImage { files } => node::load(&files).map(done),
        Command::Images { release: false } => node::images().map(done),
        Command::Images { release: true } => shop::release_image().map(done),
        Command::Schemas { folder, crds } => schemas(&folder, &crds).map(done),
        Command::Dev { warung, simulators, mailbox, command } => {
            dev::run(&warung, simulators.as_deref(), mailbox, &command)
        }
        Command::Shop { command: ShopCommand::Up { shop } } => shop::up(&shop).map(done),
        Command::Shop { command: ShopCommand::Run { shop, command } } => shop::run(&shop, &command),
        Command::Shop { command: ShopCommand::Down { shop } } => shop::down(&shop).map(done),
        Command::RunNode => warung_testbed::node::run_inside().map(done),
    }
}

fn schemas(folder: &Path, crds: &[PathBuf]) -> Result<()> {
    let crds: Vec<&Path> = crds.iter().map(PathBuf::as_path).collect();
    let count = warung_testbed::schemas::write(&crds, folder)?;
    println!("{count} schemas in {}", folder.display());
    Ok(())
}
