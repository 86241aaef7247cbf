//! Price lists: prices that hold for a time.
//!
//! The price of a variant at a moment is that of the best list that holds then: the highest `priority`, among equals the
//! lowest price; where no list has one, the variant's own. The rule itself is the function `price_at` of the database,
//! which everything that shows or charges a price asks, so that they can't disagree.

use serde::Serialize;
use time::{OffsetDateTime, serde::rfc3339};
use uuid::Uuid;
use warung_contracts::id::PriceListId;

use super::trail::{Kept, Subject};

/// A price list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PriceList {
    #[serde(skip)]
    pub id: PriceListId,
    pub name: String,
    /// Lists with a greater number win.
    pub priority: i32,
    /// Whether it counts at all.
    pub active: bool,
    #[serde(flatten)]
    pub period: Period,
    /// Grows by one with each edit of the list; its prices do not count.
    #[serde(skip)]
    pub version: i64,
}

impl Kept for PriceList {
    const SUBJECT: Subject = Subject::PriceList;

    fn uuid(&self) -> Uuid {
        self.id.uuid()
    }
}

/// From when until when, the end not included; without a bound, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Period {
    #[serde(rename = "valid_from", with = "rfc3339::option")]
    pub from: Option<OffsetDateTime>,
    #[serde(rename = "valid_until", with = "rfc3339::option")]
    pub until: Option<OffsetDateTime>,
}

impl Period {
    /// Whether there is a moment in it.
    pub fn is_sound(self) -> bool {
        self.from.zip(self.until).is_none_or(|(from, until)| from < until)
    }
}
