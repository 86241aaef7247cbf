//! The testbed does what it promises, and leaves nothing behind.

mod cli;
mod control_plane;
mod stores;
mod support;
