//! gRPC between services: errors as statuses, calls with a deadline, a trace, a token, a breaker and bounded retries.

mod breaker;
mod client;
pub mod history;
pub mod identity;
pub mod privacy;

pub use client::{Channel, ask};

use crate::{error::Kind, http::Problem};

/// A failure as a gRPC status; what only the log may know goes there.
pub fn status(failure: impl Into<Problem>) -> tonic::Status {
    let problem = failure.into();
    problem.log();
    let text = if problem.kind() == Kind::Internal { "internal error" } else { problem.slug() };
    tonic::Status::new(problem.kind().code(), text)
}
