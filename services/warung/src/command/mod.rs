//! The commands, a file each.

pub mod asyncapi;
pub mod auth;
pub mod events;
pub mod migrate;
pub mod openapi;
pub mod product;
pub mod provision;
pub mod seed;
pub mod serve;

use std::io;

use anyhow::Context as _;
use warung_chassis::{config::ConfigError, service::Service};

/// The services a name means.
fn services(name: &str) -> Result<Vec<Service>, ConfigError> {
    crate::services::named(name).map_err(|text| ConfigError(vec![text]))
}

/// Prints a text and a line's end. A reader that has seen enough, such as `head`, is no failure.
fn print(text: &str) -> anyhow::Result<()> {
    print_to(io::stdout().lock(), text).context("the output can't be written")
}

fn print_to(mut out: impl io::Write, text: &str) -> io::Result<()> {
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_has_seen_enough_is_no_failure() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        print_to(writer, &"x".repeat(1 << 20)).unwrap();
        let full = print_to([0_u8; 0].as_mut_slice(), "x").unwrap_err();
        assert_eq!(full.kind(), io::ErrorKind::WriteZero, "what else fails is told");
    }
}
