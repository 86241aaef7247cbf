//! What changes an order, one use case a file. A command gets a unit of work and never a client.

pub mod advance;
pub mod came_back;
pub mod cancel;
pub mod claim;
pub mod correct_address;
pub mod coupons;
pub mod erase;
pub mod expire;
pub mod forget;
pub mod hear;
pub mod keep_address;
pub mod note;
pub mod place;
pub mod refund;
pub mod returns;
pub mod tax_rates;
