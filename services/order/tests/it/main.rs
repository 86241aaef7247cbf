//! order through its doors, on a real PostgreSQL; a real product, cart and shipment answer it over gRPC.

mod admin;
mod checkout;
mod contract;
mod coupons;
mod guests;
mod orders;
mod peers;
mod returns;
mod saga;
mod shop;
mod totals;
