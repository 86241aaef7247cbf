//! SQL.

pub mod contacts;
pub mod notifications;
pub mod orders;
