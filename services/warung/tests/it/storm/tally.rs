//! What happened in the storm, counted by what it was.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Counts that many tasks add to.
#[derive(Debug, Clone, Default)]
pub struct Tally(Arc<Mutex<BTreeMap<&'static str, usize>>>);

impl Tally {
    /// One more of these.
    pub fn note(&self, what: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(what).or_default() += 1;
    }

    /// How many of these.
    pub fn of(&self, what: &str) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(what).copied().unwrap_or(0)
    }

    /// How many of all.
    pub fn sum(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    /// Prints a line for each.
    pub fn print(&self) {
        for (what, times) in &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            println!("storm: {times:>5} x {what}");
        }
    }
}
