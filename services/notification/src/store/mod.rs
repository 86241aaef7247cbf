//! SQL.

pub mod bounces;
pub mod contacts;
pub mod devices;
pub mod notifications;
pub mod order_history;
pub mod orders;
pub mod outcomes;
pub mod preferences;
pub mod stock_told;
pub mod wordings;
