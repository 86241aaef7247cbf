//! Who changed what is no product's: categories, price lists, places of stock.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Category,
    PriceList,
    Location,
}

warung_contracts::words!(
    Subject,
    "subject of an edit",
    Category = "category",
    PriceList = "price_list",
    Location = "location",
);

/// What an edit did to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EditKind {
    Added,
    Edited,
    Removed,
}

warung_contracts::words!(
    EditKind,
    "kind of an edit",
    Added = "added",
    Edited = "edited",
    Removed = "removed",
);

/// Something whose edits are kept: as JSON it is all that can be edited.
pub trait Kept: Serialize {
    const SUBJECT: Subject;

    /// Which one.
    fn uuid(&self) -> Uuid;
}
