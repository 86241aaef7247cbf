//! What people are told and when: pure.

pub mod amount;
pub mod language;
pub mod notice;
pub mod retry;
pub mod template;
