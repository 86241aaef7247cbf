//! What notification does: one write use case a file.

pub mod choose;
pub mod claim;
mod known;
pub mod note;
pub mod register_device;
pub mod reword;
