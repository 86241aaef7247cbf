//! The services together: real processes on real stores, with nothing between them but what a cluster has.

#![allow(clippy::disallowed_methods, reason = "tests make ids of their own, and look at the real time")]

mod customers;
mod data_model;
mod faults;
mod fleet;
mod invariants;
mod mailbox;
mod metrics;
mod money;
mod overpaid;
mod post;
mod privacy;
mod providers;
mod refusal;
mod regrets;
mod storm;
mod story;
mod weather;
