//! What people are told, how and when: pure.

pub mod amount;
pub mod channel;
pub mod html;
pub mod language;
pub mod mask;
pub mod notice;
pub mod skip;
pub mod template;
pub mod topic;
pub mod unsubscribe;
pub mod wording;
