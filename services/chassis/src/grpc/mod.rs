//! gRPC between services: errors as statuses, calls with a deadline, a trace, a token, a breaker and bounded retries.

mod breaker;
mod client;
pub mod history;
pub mod identity;
pub mod privacy;

pub use client::{Channel, ask};

use std::{fmt::Display, str::FromStr};

use crate::{error::Kind, http::Problem};

/// A failure as a gRPC status; what only the log may know goes there.
pub fn status(failure: impl Into<Problem>) -> tonic::Status {
    let problem = failure.into();
    problem.log();
    let text = if problem.kind() == Kind::Internal { "internal error" } else { problem.slug() };
    tonic::Status::new(problem.kind().code(), text)
}

/// A field of a request that arrives as a text, such as an id.
///
/// # Errors
///
/// `INVALID_ARGUMENT` that names the field, when it is none.
pub fn field<T: FromStr<Err: Display>>(name: &str, text: &str) -> Result<T, tonic::Status> {
    text.parse().map_err(|error| tonic::Status::invalid_argument(format!("{name}: {error}")))
}
