//! Who keeps the processors busy: from proc(5), by program.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Context as _, Result};

/// Clock ticks a second in /proc on Linux.
const TICKS: f64 = 100.0;
/// The name under which everything that is none of ours is shown.
pub const OTHERS: &str = "other programs";
/// The name of the load itself.
pub const CLIENT: &str = "bench";

/// Cores that each program kept busy over some time.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    pub cores: BTreeMap<String, f64>,
}

impl Usage {
    /// The services and their stores together.
    pub fn of_services(&self) -> f64 {
        self.cores.iter().filter(|(name, _)| ![OTHERS, CLIENT].contains(&name.as_str())).map(|(_, n)| n).sum()
    }
}

/// Looks at the start and at the end.
#[derive(Debug)]
pub struct Watch {
    started: Instant,
    before: Ticks,
}

impl Watch {
    /// # Errors
    ///
    /// When /proc can't be read.
    pub fn start() -> Result<Self> {
        Ok(Self { before: Ticks::now()?, started: Instant::now() })
    }

    /// # Errors
    ///
    /// When /proc can't be read.
    pub fn stop(&self) -> Result<Usage> {
        let after = Ticks::now()?;
        let seconds = self.started.elapsed().as_secs_f64();
        Ok(Usage { cores: self.before.until(&after, seconds) })
    }
}

/// Processor time used so far.
#[derive(Debug, Default)]
struct Ticks {
    /// By process id: the program's name and its ticks. Ours alone: what `make dev` started, and this program.
    ours: BTreeMap<u32, (String, u64)>,
    /// Of everything on the machine.
    busy: u64,
}

impl Ticks {
    fn now() -> Result<Self> {
        let machine = std::fs::read_to_string("/proc/stat").context("read /proc/stat")?;
        let mut all = BTreeMap::new();
        for entry in std::fs::read_dir("/proc").context("read /proc")? {
            let Ok(name) = entry.context("read /proc")?.file_name().into_string() else { continue };
            let Ok(id) = name.parse::<u32>() else { continue };
            // A process may end between the two looks.
            let Ok(text) = std::fs::read_to_string(format!("/proc/{id}/stat")) else { continue };
            if let Some(process) = Process::parse(&text) {
                all.insert(id, process);
            }
        }
        // `make dev` is our parent, and the stores' and the services'.
        let root = std::os::unix::process::parent_id();
        let ours = all.iter().filter(|(id, _)| descends(**id, root, &all));
        let ours = ours.map(|(id, process)| (*id, (process.name.clone(), process.ticks))).collect();
        Ok(Self { ours, busy: busy(&machine).context("/proc/stat has no line of the processors")? })
    }

    fn until(&self, after: &Self, seconds: f64) -> BTreeMap<String, f64> {
        let mut ticks: BTreeMap<String, u64> = BTreeMap::new();
        for (id, (name, now)) in &after.ours {
            let before = self.ours.get(id).map_or(0, |(_, before)| *before);
            *ticks.entry(name.clone()).or_default() += now.saturating_sub(before);
        }
        let ours: u64 = ticks.values().sum();
        let others = after.busy.saturating_sub(self.busy).saturating_sub(ours);
        ticks.insert(OTHERS.to_owned(), others);
        let cores = |ticks: u64| ticks as f64 / TICKS / seconds.max(f64::EPSILON);
        ticks.into_iter().filter(|(_, ticks)| *ticks > 0).map(|(name, ticks)| (name, cores(ticks))).collect()
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Process {
    name: String,
    parent: u32,
    ticks: u64,
}

impl Process {
    /// From /proc/<id>/stat: the name is in parentheses and may hold anything.
    fn parse(text: &str) -> Option<Self> {
        let (before, after) = text.rsplit_once(')')?;
        let name = before.split_once('(')?.1.to_owned();
        let fields: Vec<&str> = after.split_whitespace().collect();
        // The fields after the name begin with the third: parent is the fourth, utime and stime 14 and 15.
        let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
        Some(Self { name, parent: u32::try_from(number(4)?).ok()?, ticks: number(14)? + number(15)? })
    }
}

/// Whether `root` is the process or one of its ancestors.
fn descends(id: u32, root: u32, all: &BTreeMap<u32, Process>) -> bool {
    let mut at = Some(id);
    // No tree is deeper than it has processes.
    for _ in 0..=all.len() {
        match at {
            Some(id) if id == root => return true,
            Some(id) => at = all.get(&id).map(|process| process.parent),
            None => return false,
        }
    }
    false
}

/// Ticks of all processors together that were neither idle nor waiting for a disk.
fn busy(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let fields: Vec<u64> = line.split_whitespace().map_while(|field| field.parse().ok()).collect();
    // user nice system idle iowait irq softirq steal; guest times are in user and nice already.
    let sum = |range: std::ops::Range<usize>| fields.get(range).map(|part| part.iter().sum::<u64>());
    Some(sum(0..3)? + sum(5..8)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_process_is_read() {
        let text = "42 (a (b) c) S 7 42 42 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 1 0 1 1 1";
        let expected = Process { name: "a (b) c".into(), parent: 7, ticks: 200 };
        assert_eq!(Process::parse(text), Some(expected));
    }

    #[test]
    fn idle_time_is_not_busy() {
        assert_eq!(busy("cpu  10 1 5 1000 100 2 3 4 0 0\ncpu0 1"), Some(25));
    }

    #[test]
    fn what_a_process_started_is_its_own() {
        let process = |parent| Process { name: String::new(), parent, ticks: 0 };
        let all = BTreeMap::from([(5, process(1)), (6, process(5)), (7, process(6)), (8, process(1))]);
        assert!(descends(7, 5, &all) && descends(5, 5, &all));
        assert!(!descends(8, 5, &all));
    }

    #[test]
    fn what_is_nobodys_of_ours_is_others() {
        let ticks =
            |busy, ours: u64| Ticks { busy, ours: BTreeMap::from([(1, ("warung".to_owned(), ours))]) };
        let cores = ticks(0, 0).until(&ticks(300, 200), 1.0);
        assert!((cores["warung"] - 2.0).abs() < 1e-9 && (cores[OTHERS] - 1.0).abs() < 1e-9);
    }
}
