//! The testbed does what it promises, and leaves nothing behind.

mod stores;
mod support;
