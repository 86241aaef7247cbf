//! The rules of accounts and tokens: pure, without store, clock or web.

pub mod email;
pub mod locale;
pub mod name;
pub mod password;
pub mod refresh_token;
pub mod role;
pub mod rotation;
pub mod user;
