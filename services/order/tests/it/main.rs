//! order through its doors, on a real PostgreSQL; a real product and a real cart answer it over gRPC.

mod checkout;
mod contract;
mod orders;
mod peers;
mod saga;
mod shop;
