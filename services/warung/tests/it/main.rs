//! The services together: real processes on real stores, with nothing between them but what a cluster has.

#![allow(clippy::disallowed_methods, reason = "tests make ids of their own, and look at the real time")]

mod another_way;
mod data_model;
mod faults;
mod fleet;
mod metrics;
mod money;
mod overpaid;
mod parting;
mod privacy;
mod providers;
mod refusal;
mod storm;
mod story;
