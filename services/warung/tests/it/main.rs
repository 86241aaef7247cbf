//! The services together: real processes on real stores, with nothing between them but what a cluster has.

mod faults;
mod fleet;
mod invariants;
mod metrics;
mod post;
mod storm;
mod weather;
