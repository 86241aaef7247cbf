//! payment through its doors, on a real PostgreSQL.

mod bank;
mod capture;
mod contract;
mod crash;
mod held;
mod ledger;
mod page;
mod refunds;
mod saga;
mod webhooks;
