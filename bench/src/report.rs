//! What was measured, as tables for people and as JSON for programs.

mod machine;
mod table;

use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Serialize;

pub use machine::Machine;

use crate::memory::Program;
use crate::scenario::Measured;
use crate::scenario::orders::Orders;
use table::Table;

/// Stages that are printed; the JSON has all.
const STAGES_MAX: usize = 16;

/// Everything of one run.
#[derive(Debug, Serialize)]
pub struct Report {
    pub machine: Machine,
    pub products: usize,
    pub customers: usize,
    pub requests: Vec<Measured>,
    pub orders: Vec<Orders>,
    pub memory: Vec<Program>,
}

impl Report {
    /// Every measured scenario: the requests, and the checkouts of the orders.
    pub fn measured(&self) -> impl Iterator<Item = &Measured> {
        self.requests.iter().chain(self.orders.iter().map(|orders| &orders.checkout))
    }

    /// Writes it as JSON.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).context("write the results as JSON")?;
        std::fs::write(path, text + "\n")
            .with_context(|| format!("{} can't be written; name another with --json", path.display()))
    }

    /// The tables.
    pub fn text(&self) -> String {
        let mut parts = vec![self.machine.to_string()];
        let count = format!("{} products, {} customers", self.products, self.customers);
        if self.measured().next().is_some() {
            parts.push(format!("{count}; medians of the rounds\n{}", self.requests_table()));
        }
        if !self.orders.is_empty() {
            parts.push(format!("Orders, end to end\n{}", self.orders_table()));
        }
        if self.measured().next().is_some() {
            parts.push(format!("Cores kept busy, of {}\n{}", self.machine.cores, self.cores_table()));
        }
        for orders in &self.orders {
            let name = orders.checkout.name;
            parts.push(format!("What the services did: {name}\n{}", stages_table(orders)));
        }
        if !self.memory.is_empty() {
            parts.push(format!("Resident memory, MB (1,000,000 bytes)\n{}", self.memory_table()));
        }
        let errors: Vec<String> = self
            .measured()
            .flat_map(|m| m.errors.iter().map(|(error, count)| format!("  {}: {count} x {error}", m.name)))
            .collect();
        if !errors.is_empty() {
            parts.push(format!("Errors\n{}", errors.join("\n")));
        }
        parts.join("\n\n")
    }

    fn requests_table(&self) -> Table {
        let head =
            ["", "clients", "per second", "slowest", "fastest", "p50 ms", "p99 ms", "requests", "errors"];
        let mut table = Table::new(head);
        for m in self.measured() {
            table.row([
                m.name.to_owned(),
                m.clients.to_string(),
                whole(m.per_second),
                whole(m.per_second_lowest),
                whole(m.per_second_highest),
                format!("{:.2}", m.p50_ms),
                format!("{:.2}", m.p99_ms),
                m.sent.to_string(),
                m.failed.to_string(),
            ]);
        }
        table
    }

    fn orders_table(&self) -> Table {
        let mut table = Table::new([
            "",
            "placed",
            "confirmed",
            "refused",
            "end to end/s",
            "while placing/s",
            "p50 ms",
            "p99 ms",
            "backlog",
            "highest",
            "outbox",
            "drained s",
        ]);
        for o in &self.orders {
            table.row([
                o.checkout.name.to_owned(),
                o.placed.to_string(),
                o.confirmed.to_string(),
                o.refused.to_string(),
                whole(o.end_to_end_per_second),
                whole(o.confirmed_per_second),
                whole(o.placed_to_confirmed_p50_ms),
                whole(o.placed_to_confirmed_p99_ms),
                o.backlog_at_end.to_string(),
                o.backlog_highest.to_string(),
                whole(o.outbox_pending_at_end),
                o.drain_seconds.map_or("not".to_owned(), |seconds| format!("{seconds:.1}")),
            ]);
        }
        table
    }

    fn cores_table(&self) -> Table {
        let mut programs: Vec<&str> = Vec::new();
        for name in self.measured().flat_map(|m| m.cores.iter().filter(|(_, cores)| **cores >= 0.005)) {
            if !programs.contains(&name.0.as_str()) {
                programs.push(name.0);
            }
        }
        let mut table = Table::new([""].into_iter().chain(programs.iter().copied()));
        for m in self.measured() {
            let cores =
                programs.iter().map(|name| format!("{:.2}", m.cores.get(*name).copied().unwrap_or(0.0)));
            table.row([m.name.to_owned()].into_iter().chain(cores));
        }
        table
    }

    fn memory_table(&self) -> Table {
        let mut table = Table::new(["", "", "resident", "peak"]);
        let megabytes = |bytes: u64| format!("{:.1}", bytes as f64 / 1e6);
        for program in &self.memory {
            let memory = program.memory;
            table.row([
                program.name.clone(),
                program.when.to_owned(),
                megabytes(memory.resident_bytes),
                megabytes(memory.resident_peak_bytes),
            ]);
        }
        table
    }
}

/// The stages that took the most time.
fn stages_table(orders: &Orders) -> Table {
    let mut table = Table::new(["", "times", "mean ms", "seconds in all"]);
    for stage in orders.stages.iter().take(STAGES_MAX) {
        table.row([
            format!("{}: {}", stage.service, stage.work),
            stage.count.to_string(),
            format!("{:.2}", stage.milliseconds()),
            whole(stage.seconds),
        ]);
    }
    table
}

fn whole(value: f64) -> String {
    format!("{value:.0}")
}
