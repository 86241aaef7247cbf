//! Where it was measured, and how quiet it was there.

use std::fmt;

use serde::Serialize;

/// The machine.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    pub cores: usize,
    pub processor: String,
    pub kernel: String,
    /// Runnable tasks in the minute before the run (proc(5), loadavg): what others did.
    pub load_before: f64,
}

impl Machine {
    /// This one, now. What /proc doesn't tell stays empty: it explains the numbers, it isn't one of them.
    pub fn here() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let model = read("/proc/cpuinfo").lines().find_map(|line| {
            line.strip_prefix("model name")?.split_once(':').map(|(_, name)| name.trim().to_owned())
        });
        let load = read("/proc/loadavg").split_whitespace().next().and_then(|load| load.parse().ok());
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            processor: model.unwrap_or_default(),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            load_before: load.unwrap_or(0.0),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cores, processor, kernel, load_before } = self;
        write!(f, "{cores} cores ({processor}), Linux {kernel}, load before the run {load_before:.2}; ")?;
        f.write_str("services, stores and client share them")
    }
}
