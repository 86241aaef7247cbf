//! The rules of profiles and addresses: pure.

pub mod address;
pub mod country;
pub mod phone;
pub mod profile;
pub mod text;
