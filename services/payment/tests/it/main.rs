//! payment through its doors, on a real PostgreSQL.

mod bank;
mod contract;
mod crash;
mod ledger;
mod page;
mod refunds;
mod saga;
mod webhooks;
