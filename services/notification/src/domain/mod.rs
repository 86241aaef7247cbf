//! What people are told, how and when: pure.

pub mod address;
pub mod amount;
pub mod bill;
pub mod channel;
pub mod country;
pub mod html;
pub mod language;
pub mod mask;
pub mod notice;
pub mod rows;
pub mod skip;
pub mod template;
pub mod topic;
pub mod unsubscribe;
pub mod wording;
