//! order through its doors, on a real PostgreSQL; a real product, cart and shipment answer it over gRPC.

#![allow(clippy::disallowed_methods, reason = "tests make ids of their own, and look at the real time")]

mod addresses;
mod admin;
mod authorized;
mod authors;
mod checkout;
mod claims;
mod contract;
mod corrections;
mod coupons;
mod forgotten;
mod free;
mod gone;
mod guests;
mod once;
mod orders;
mod overpaid;
mod owners;
mod parcels;
mod peers;
mod promotions;
mod returns;
mod saga;
mod search;
mod shop;
mod some_goods;
mod stops;
mod storefront;
mod together;
mod totals;
mod tries;
