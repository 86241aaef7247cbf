//! The rules of accounts and tokens: pure, without store, clock or web.

pub mod audit;
pub mod device;
pub mod email;
pub mod link;
pub mod locale;
pub mod name;
pub mod network;
pub mod password;
pub mod recovery_code;
pub mod role;
pub mod rotation;
pub mod throttle;
pub mod token;
pub mod totp;
pub mod user;
