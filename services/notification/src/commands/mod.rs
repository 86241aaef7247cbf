//! What notification does: one write use case a file.

pub mod note;
pub mod register_device;
