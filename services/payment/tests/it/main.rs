//! payment through its doors, on a real PostgreSQL.

mod admin;
mod bank;
mod capture;
mod contract;
mod crash;
mod held;
mod ledger;
mod lost;
mod page;
mod privacy;
mod psp;
mod races;
mod reconcile;
mod refunds;
mod saga;
mod stripe;
mod webhooks;
