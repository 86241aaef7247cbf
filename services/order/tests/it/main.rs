//! order through its doors, on a real PostgreSQL; a real product, cart and shipment answer it over gRPC.

#![allow(clippy::disallowed_methods, reason = "tests make ids of their own, and look at the real time")]

mod admin;
mod authorized;
mod checkout;
mod contract;
mod coupons;
mod free;
mod guests;
mod orders;
mod peers;
mod returns;
mod saga;
mod shop;
mod together;
mod totals;
