//! REST: problems, typed extraction, idempotency, replies, pages, files, versions.

pub mod etag;
mod explain;
pub mod extract;
pub mod file;
pub mod idempotency;
pub mod json;
mod mend;
pub mod page;
pub(crate) mod parameters;
pub mod problem;
pub mod public;
mod reply;
pub mod rules;
mod strict;
pub(crate) mod vary;

pub use extract::{Path, Query};
pub use idempotency::IdempotencyKey;
pub use json::Json;
pub use page::{Page, PageQuery};
pub use problem::Problem;
pub use reply::Reply;
