//! SQL.

pub mod addresses;
pub mod profiles;
