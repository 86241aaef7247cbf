//! What auth does: one write use case a file.

pub mod logout;
pub mod open_session;
pub mod refresh;
pub mod register;
