//! SQL and row types; takes a connection, returns domain types.

pub mod cards;
pub mod categories;
pub mod changes;
pub mod documents;
pub mod history;
pub mod import_counts;
pub mod import_skus;
pub mod locations;
pub mod offer_texts;
pub mod offers;
pub mod order_history;
pub mod price_lists;
pub mod products;
pub mod records;
pub mod reservations;
pub mod stock;
pub mod stock_list;
pub mod tax_classes;
pub mod texts;
pub mod trail;
pub mod variants;

/// What a catalogue is written to, many rows at once.
pub const CATALOGUE: [&str; 9] = [
    "categories",
    "products",
    "product_slugs",
    "product_translations",
    "product_media",
    "variants",
    "price_changes",
    "stock_levels",
    "stock_movements",
];

/// A row that this version can't read.
fn unreadable(table: &str, key: impl std::fmt::Display, column: &str) -> sqlx::Error {
    sqlx::Error::Decode(
        format!("{table} {key}: the column {column} holds what this version can't read").into(),
    )
}

/// A number of a column that is never below zero.
fn unsigned(table: &str, key: impl std::fmt::Display, column: &str, value: i64) -> Result<u32, sqlx::Error> {
    u32::try_from(value).map_err(|_| unreadable(table, key, column))
}
