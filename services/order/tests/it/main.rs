//! order through its doors, on a real PostgreSQL; its peers answer over real gRPC.

mod checkout;
mod contract;
mod orders;
mod peers;
mod saga;
mod shop;
