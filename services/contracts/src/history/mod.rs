//! What happened to an order in a service, as the service tells it when staff look: `warung.history.v1`.
//!
//! An [`Entry`] is what a service knows, with a typed [`Deed`]. [`Told`] is the same at the other side, where the kind may
//! be a word of a later release.

mod deed;
#[cfg(feature = "grpc")]
mod wire;

pub use deed::*;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::id::UserId;

/// Entries of one answer at most. An order has a dozen of them in a service, so that only what goes wrong again and again
/// comes near; the contract says it too.
pub const ENTRIES_MAX: usize = 200;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub at: OffsetDateTime,
    /// Who did it, in a word: the service itself, or `admin`, `staff`, `carrier`, `provider`.
    pub actor: &'static str,
    /// The account of the person who did it, where one did.
    pub author: Option<UserId>,
    pub deed: Deed,
}

/// Something that another service tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub at: OffsetDateTime,
    pub actor: String,
    pub author: Option<UserId>,
    /// Of a [`Deed`], or a word of a later release.
    pub kind: String,
    /// What there is to know.
    pub details: Map<String, Value>,
}

impl Told {
    /// What was done, where its kind is known here.
    pub fn deed(&self) -> Option<Deed> {
        serde_json::from_value(json!({"kind": self.kind, "details": self.details})).ok()
    }
}
