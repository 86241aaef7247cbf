//! gRPC between services: errors as statuses, calls with a deadline, a trace, a token, a breaker and bounded retries.

mod breaker;
mod client;
pub mod identity;

pub use client::{Channel, ask, channel};

use crate::{error::Kind, http::Problem};

/// A failure as a gRPC status; what only the log may know stays here.
pub fn status(problem: &Problem) -> tonic::Status {
    let text = if problem.kind() == Kind::Internal { "internal error" } else { problem.slug() };
    tonic::Status::new(problem.kind().code(), text)
}
