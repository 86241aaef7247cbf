//! payment through its doors, on a real PostgreSQL.

#![allow(clippy::disallowed_methods, reason = "tests make ids of their own, and look at the real time")]

mod admin;
mod attempts;
mod attempts_races;
mod bank;
mod books;
mod capture;
mod claims;
mod contract;
mod crash;
mod disputes;
mod free;
mod guests;
mod held;
mod history;
mod kept;
mod lanes;
mod ledger;
mod lost;
mod owed;
mod page;
mod privacy;
mod psp;
mod races;
mod reconcile;
mod refunds;
mod saga;
mod stripe;
mod stripe_customers;
mod stripe_disputes;
mod webhooks;
