//! How fast the services of `make dev` are, and how much memory they take. `make bench` runs it.
//!
//! Everything is on one machine: the eight services in one process, PostgreSQL, NATS, Redis, and this program, which
//! talks to the services over loopback. The load is a closed loop: each client has one keep-alive connection and
//! sends its next request when the one before is answered. Each scenario warms up, then runs several rounds; what is
//! printed is the median of the rounds, with the slowest and the fastest, so that noise is seen.
//!
//! | scenario | what is counted |
//! |---|---|
//! | product detail | `GET /api/v1/products/{id}`, any of the catalogue |
//! | search | `GET /api/v1/products/search`, one or two words of the catalogue; answers of the same second come from memory |
//! | search, all different | the same with a lowest price and an order, and a letter too few now and then: none comes from memory |
//! | cart add | `POST /api/v1/cart/items`, each client its own customers |
//! | checkout | `POST /api/v1/checkout` of carts that are full already, each under a new key |
//! | orders | empty cart, add, check out, again and again, and what becomes of the orders: confirmed a second end to end, the backlog when the last was placed, how long it took to drain. Once as fast as checkout takes them, once with customers who wait while many orders are unfinished |
//! | memory | VmRSS of all services in one process, at the start and after the load; of each service alone; of the operator on a real API server |
//!
//! The table of cores tells where the time goes: how many cores each program kept busy, among them this one, and all
//! programs that have nothing to do with the run. The table of stages tells what the services did for the orders, by
//! their own metrics, with the mean time of each.
//!
//! `make bench` runs everything. With `make dev`'s environment in the shell's, `bench --only search --rounds 9` runs
//! a part; `--quick` runs all of it for a few seconds, to see that it works. An answer that is no success is an
//! error; more than 1 % of them fail the run. Results also go to bench/results.json, or where `--json` says.
//!
//! To add a scenario: a file in `scenario/` with a [`load::Worker`], and a line in `run`.

#![allow(clippy::float_arithmetic, reason = "measurements, not amounts")]

mod calm;
mod client;
mod cpu;
mod load;
mod memory;
mod openmetrics;
mod report;
mod scenario;
mod seed;
mod stages;
mod tally;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};
use memory::{Memory, Program};
use report::{Machine, Report};
use scenario::{Pace, cart, catalogue, checkout, orders};
use warung_e2e::Shop;

/// Share of failed requests above which a scenario, and with it the run, has failed.
const FAILED_SHARE_MAX: f64 = 0.01;
/// Unfinished orders at which customers wait, in the scenario where they do.
const UNFINISHED_MAX: u64 = 200;

/// Measures the services of `make dev`.
#[derive(Debug, Parser)]
#[command(name = "bench", version)]
struct Arguments {
    /// Products in the catalogue
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    products: u32,
    /// Customers, each with a cart
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    customers: u32,
    /// Rounds of each scenario
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Seconds of each round
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// Seconds in which orders are placed
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=600))]
    order_seconds: u32,
    /// A smoke run: one round of a second each, a small catalogue
    #[arg(long)]
    quick: bool,
    /// Only this; may be given several times
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// Where the results go as JSON
    #[arg(long, value_name = "FILE", default_value = "bench/results.json")]
    json: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Detail,
    Search,
    Cart,
    Checkout,
    Orders,
    Memory,
}

impl Arguments {
    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    /// Shrinks everything for a smoke run.
    fn quickened(mut self) -> Self {
        if self.quick {
            (self.products, self.customers) = (self.products.min(100), self.customers.min(32));
            (self.rounds, self.seconds, self.order_seconds) = (1, 1, 2);
        }
        self
    }

    fn pace(&self) -> Pace {
        let lasts = Duration::from_secs(self.seconds.into());
        Pace { rounds: self.rounds, lasts, warm_up: lasts / 2 }
    }
}

fn main() -> ExitCode {
    let arguments = match warung_command_line::parse::<Arguments>() {
        Ok(arguments) => arguments.quickened(),
        Err(code) => return code,
    };
    // One thread: the load must leave the processors to what it measures.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = runtime.context("start the runtime").and_then(|runtime| runtime.block_on(run(&arguments)));
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// False when too many requests failed.
async fn run(arguments: &Arguments) -> Result<bool> {
    let services: u32 = std::env::var("WARUNG_DEV_PID")
        .context("WARUNG_DEV_PID is not set; run this by `make bench`, which starts the services")?
        .parse()
        .context("WARUNG_DEV_PID is no process id")?;
    let currency =
        std::env::var("WARUNG_CURRENCY").context("WARUNG_CURRENCY is not set; run this by `make bench`")?;
    let (progress, machine) = (Progress(Instant::now()), Machine::here());
    let together = |when, memory| Program { name: "all services in one process".to_owned(), when, memory };
    let mut memory = vec![together("after start", Memory::settled(services).await?)];

    let shop = Shop::services("http://127.0.0.1")?;
    progress.say(&format!("make {} products and {} customers", arguments.products, arguments.customers));
    let products = seed::products(&shop, arguments.products as usize, &currency).await?;
    let customers = seed::customers(&shop, arguments.customers as usize).await?;
    calm::wait().await?;

    let (pace, mut requests, mut all_orders) = (arguments.pace(), Vec::new(), Vec::new());
    if arguments.wants(Part::Detail) {
        progress.say("product detail");
        requests.push(catalogue::detail(&products, pace).await?);
    }
    if arguments.wants(Part::Search) {
        progress.say("search");
        requests.push(catalogue::search(pace).await?);
        requests.push(catalogue::seek(pace).await?);
    }
    if arguments.wants(Part::Cart) {
        progress.say("cart add");
        requests.push(cart::add(&customers, &products, pace).await?);
    }
    if arguments.wants(Part::Checkout) {
        progress.say("checkout");
        requests.push(checkout::check_out(&customers, &products, pace).await?);
    }
    if arguments.wants(Part::Orders) {
        let lasts = Duration::from_secs(arguments.order_seconds.into());
        for (name, most) in [("orders, patient", Some(UNFINISHED_MAX)), ("orders, all they can", None)] {
            progress.say(name);
            all_orders.push(orders::place(name, &customers, &products, lasts, most).await?);
        }
    }
    memory.push(together("after the load", Memory::of(services)?));
    if arguments.wants(Part::Memory) {
        progress.say("memory of each service alone");
        let warung =
            std::fs::read_link(format!("/proc/{services}/exe")).context("find the services' program")?;
        memory.extend(memory::alone::all(&warung).await?);
        progress.say("memory of the operator");
        let operator =
            std::env::current_exe().context("find this program")?.with_file_name("warung-operator");
        memory.extend(memory::operator::measure(&operator).await?);
    }

    let (count, customers) = (products.len(), customers.len());
    let report = Report { machine, products: count, customers, requests, orders: all_orders, memory };
    println!("\n{}\n", report.text());
    report.write(&arguments.json)?;
    println!("As JSON: {}", arguments.json.display());
    Ok(good(&report))
}

/// Says which scenarios failed.
fn good(report: &Report) -> bool {
    let failed: Vec<_> = report.measured().filter(|m| m.failed_share() > FAILED_SHARE_MAX).collect();
    for m in &failed {
        eprintln!(
            "bench: {}: {:.1} % of the requests failed; see the errors above",
            m.name,
            m.failed_share() * 100.0
        );
    }
    failed.is_empty()
}

/// Says what is done, and when.
struct Progress(Instant);

impl Progress {
    fn say(&self, what: &str) {
        eprintln!("bench {:>4} s  {what}", self.0.elapsed().as_secs());
    }
}
