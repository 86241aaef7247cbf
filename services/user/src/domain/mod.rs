//! The rules of profiles and addresses: pure.

pub mod address;
pub mod profile;
pub mod text;
