//! Products in bulk: files in and out, as streams, with as much memory for a million products as for ten.
//!
//! ```text
//! bytes ─> records (lines of CSV or JSON) ─> units (all of one product) ─> drafts ─> a transaction each
//! ```
//!
//! A product is the unit of atomicity: it is written whole, or, when any of its rows has a fault, not at all; products
//! before and after it are not touched by that.

mod cells;
pub mod export;
pub mod import;
mod lines;
mod place;
pub mod record;
pub mod table;
pub mod units;

use serde::Serialize;
use utoipa::ToSchema;
pub use warung_chassis::http::file::Format;

/// What is said of a file in which there is nothing to read.
pub const NO_ROWS: &str = "has no rows: write a header and rows, or lines of JSON";

/// Something wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowFault {
    /// Of the file, from 1.
    pub line: u64,
    /// Which field, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    pub reason: String,
}
