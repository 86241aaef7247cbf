//! Resident memory.

pub mod alone;
pub mod operator;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde::Serialize;

/// How long a program may take to stop growing after it is ready.
const SETTLE_WITHIN: Duration = Duration::from_secs(6);
/// Between two looks; memory that grows less than a hundredth in that time has settled.
const LOOK: Duration = Duration::from_secs(1);

/// Memory of a process, from proc(5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// VmRSS, in bytes.
    pub resident_bytes: u64,
    /// VmHWM, the most it ever was, in bytes.
    pub resident_peak_bytes: u64,
}

impl Memory {
    /// Of a running process.
    ///
    /// # Errors
    ///
    /// When there is none of this id.
    pub fn of(id: u32) -> Result<Self> {
        let text = std::fs::read_to_string(format!("/proc/{id}/status"));
        let text = text.with_context(|| format!("read the memory of process {id}"))?;
        Self::parse(&text)
            .with_context(|| format!("/proc/{id}/status does not say how much memory is resident"))
    }

    fn parse(status: &str) -> Option<Self> {
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            // proc(5) says kB and means KiB.
            Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
        };
        Some(Self { resident_bytes: bytes("VmRSS:")?, resident_peak_bytes: bytes("VmHWM:")? })
    }

    /// Once it has stopped growing.
    ///
    /// # Errors
    ///
    /// When the process is gone.
    pub async fn settled(id: u32) -> Result<Self> {
        let started = Instant::now();
        let mut last = Self::of(id)?;
        loop {
            tokio::time::sleep(LOOK).await;
            let now = Self::of(id)?;
            if started.elapsed() > SETTLE_WITHIN || now.resident_bytes <= last.resident_bytes / 100 * 101 {
                return Ok(now);
            }
            last = now;
        }
    }
}

/// Memory of one program.
#[derive(Debug, Clone, Serialize)]
pub struct Program {
    pub name: String,
    /// What it had done before.
    pub when: &'static str,
    #[serde(flatten)]
    pub memory: Memory,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kilobytes_are_1024_bytes() {
        let status = "Name:\twarung\nVmPeak:\t 900 kB\nVmHWM:\t   30 kB\nVmRSS:\t   20 kB\n";
        let expected = Memory { resident_bytes: 20 * 1024, resident_peak_bytes: 30 * 1024 };
        assert_eq!(Memory::parse(status), Some(expected));
        assert_eq!(Memory::parse("Name:\tzombie\n"), None);
    }

    #[test]
    fn this_process_takes_some() {
        let memory = Memory::of(std::process::id()).expect("memory");
        assert!(memory.resident_bytes > 0 && memory.resident_peak_bytes >= memory.resident_bytes);
    }
}
