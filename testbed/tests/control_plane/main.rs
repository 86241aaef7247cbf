//! The testbed does what it promises, and leaves nothing behind.

mod control_plane;
mod stores;
mod support;
