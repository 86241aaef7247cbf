//! REST: problems, typed extraction, idempotency, pages, versions.

pub mod etag;
mod explain;
pub mod extract;
pub mod idempotency;
pub mod page;
pub mod problem;

pub use extract::{Json, Path, Query};
pub use idempotency::{Begun, IdempotencyKey};
pub use page::{Page, PageQuery};
pub use problem::Problem;
