//! SQL and row types; takes a connection, returns domain types.

pub mod categories;
pub mod products;
pub mod reads;
pub mod reservations;
pub mod stock;

/// A row that this version can't read.
fn unreadable(table: &str, key: impl std::fmt::Display, column: &str) -> sqlx::Error {
    sqlx::Error::Decode(
        format!("{table} {key}: the column {column} holds what this version can't read").into(),
    )
}
