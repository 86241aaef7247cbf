//! `testbed dev`: every service in one process on stores of its own, without Kubernetes.

mod environment;
mod provision;
mod simulators;

use std::ffi::OsString;
use std::path::Path;
use std::process::{Child, Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use warung_contracts::manifest::{self, Manifest};
use warung_testbed::node::Progress;
use warung_testbed::smtp::Smtp;
use warung_testbed::stores::Stores;
use warung_testbed::{http, process};

use super::signals::{self, Stop};

/// Where all public routes are, as behind the gateway of a cluster.
const FRONT: u16 = 8080;
/// Where people read the mails and text messages that the services send.
const MAILBOX: u16 = 8025;
/// Migrations and connections on a busy machine; two seconds are usual.
const READY_WITHIN: Duration = Duration::from_secs(180);

/// Starts stores and services. Without a `command` it runs until a signal; with one, until the command ends, whose
/// exit code becomes ours, and which has a `mailbox` if it wants one.
pub fn run(
    warung: &Path,
    simulators: Option<&Path>,
    mailbox: bool,
    command: &[OsString],
) -> Result<ExitCode> {
    let services = manifest::all();
    if !warung.is_file() {
        bail!(
            "{} is missing: build it with `cargo build --bin warung`, or name it with --warung",
            warung.display()
        );
    }
    // Commands such as benchmarks look at no mail, and sending them would be measured with the rest.
    let wants_mail = mailbox || command.is_empty();
    check_ports(services, wants_mail)?;
    let stop = Stop::listen()?;
    let progress = Progress::default();
    progress.say("start PostgreSQL, NATS and Redis");
    let stores = Stores::start()?;
    progress.say("make a database and a role for each service");
    let databases = provision::databases(&stores, services)?;
    let companies = simulators.map(simulators::start).transpose()?;
    let mut settings =
        companies.as_ref().map_or_else(Default::default, |companies| companies.settings.clone());
    let mailbox = wants_mail.then(|| Smtp::with_pages(MAILBOX)).transpose()?;
    if let Some(mailbox) = &mailbox {
        settings.extend(environment::messages(&mailbox.url(), &format!("http://127.0.0.1:{MAILBOX}")));
    }
    let variables = environment::of(services, &stores, &databases, settings)?;
    progress.say("start the services");
    let mut services_command = Command::new(warung);
    services_command.args(["serve", "all", "--migrate", "--provision", "--front", &FRONT.to_string()]);
    services_command.envs(&variables);
    let mut child =
        process::spawn_bound(services_command).with_context(|| format!("run {}", warung.display()))?;

    let result = serve(&mut child, &stop, services, &progress, &variables, command);
    process::end(&mut child, nix::sys::signal::Signal::SIGTERM);
    drop((companies, mailbox));
    drop(stores);
    result
}

fn serve(
    warung: &mut Child,
    stop: &Stop,
    services: &[Manifest],
    progress: &Progress,
    variables: &environment::Variables,
    command: &[OsString],
) -> Result<ExitCode> {
    if !wait_ready(warung, stop, services)? {
        return Ok(ExitCode::SUCCESS);
    }
    progress.say("ready");
    let Some((program, arguments)) = command.split_first() else {
        let file = environment::file(variables)?;
        print_addresses(services, variables);
        println!(
            "  For `warung seed`, `warung events` and the like in another shell: . {}\n",
            file.path().display()
        );
        return until_stopped(warung, stop);
    };
    let mut child = Command::new(program)
        .args(arguments)
        .envs(variables)
        .env("WARUNG_DEV_PID", warung.id().to_string())
        .spawn()
        .with_context(|| format!("run {}", program.display()))?;
    Ok(signals::exit_code(stop.forward_until_ended(&mut child)?))
}

/// False when a signal came first.
fn wait_ready(warung: &mut Child, stop: &Stop, services: &[Manifest]) -> Result<bool> {
    let started = Instant::now();
    for service in services {
        while !http::ok(service.admin_port, "/readyz") {
            if stop.signal().is_some() {
                return Ok(false);
            }
            if let Some(status) = warung.try_wait().context("look at the services")? {
                bail!("the services ended before they were ready: {status}; what they said is above");
            }
            if started.elapsed() > READY_WITHIN {
                bail!(
                    "{} was not ready within {} s; what it said is above",
                    service.name,
                    READY_WITHIN.as_secs()
                );
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    Ok(true)
}

fn until_stopped(warung: &mut Child, stop: &Stop) -> Result<ExitCode> {
    // A signal is passed on; an end without one is news.
    let status = stop.forward_until_ended(warung)?;
    match stop.signal() {
        Some(_) => Ok(ExitCode::SUCCESS),
        None => bail!("the services ended by themselves: {status}; what they said is above"),
    }
}

/// A port that another program holds would be reported by one service out of eight; better before anything starts.
fn check_ports(services: &[Manifest], wants_mail: bool) -> Result<()> {
    let own = services.iter().flat_map(|service| [service.port, service.admin_port]);
    for port in own.chain([FRONT]).chain(wants_mail.then_some(MAILBOX)) {
        if let Err(error) = std::net::TcpListener::bind(("127.0.0.1", port)) {
            bail!("port {port} of 127.0.0.1 is needed: {error}; stop what holds it");
        }
    }
    Ok(())
}

fn print_addresses(services: &[Manifest], variables: &environment::Variables) {
    println!("\n  The shop is at http://127.0.0.1:{FRONT}, and each service on a port of its own:\n");
    for service in services {
        println!("  {:<13} http://127.0.0.1:{}   {}", service.name, service.port, service.summary);
    }
    for name in ["WARUNG_ADMIN_EMAIL", "WARUNG_ADMIN_PASSWORD"] {
        if let Some(value) = variables.get(name) {
            println!("  {name}={value}");
        }
    }
    for name in ["MIDTRANS", "XENDIT", "PAYPAL"] {
        if let Some(url) =
            variables.get(&format!("WARUNG_{name}_URL")).filter(|url| url.contains("127.0.0.1"))
        {
            println!("  {:<13} {url}   its simulator: pay or refuse there", name.to_lowercase());
        }
    }
    println!(
        "  {:<13} http://127.0.0.1:{MAILBOX}   every mail and text message that the shop sends",
        "mailbox"
    );
    println!("\n  curl http://127.0.0.1:{FRONT}/api/v1/products");
    println!("  Health and metrics are on the ports 1000 above. Ctrl-C stops everything.\n");
}
