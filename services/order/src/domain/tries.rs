//! What an order knows of the tries to pay it. They are told by number; what is old says nothing any more.

use time::OffsetDateTime;
use warung_contracts::id::PaymentId;

/// The tries to pay an order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tries {
    /// The latest that was heard of, from 1; 0 before.
    pub latest: u32,
    /// Why the latest failed, in a word; none while it has not.
    pub failure: Option<String>,
    /// Until when the customer can take another way to pay; none when they can't.
    pub retry_until: Option<OffsetDateTime>,
    /// The one whose money counts: that paid, or before, the latest of which money went back.
    pub paid_by: Option<PaymentId>,
}

impl Tries {
    /// Whether another has followed a try; only what is told of the latest counts.
    pub fn is_past(&self, attempt: u32) -> bool {
        attempt < self.latest
    }

    /// Hears of a try: why it failed, if it has, and until when another can follow.
    pub fn heard(&mut self, attempt: u32, failure: Option<String>, retry_until: Option<OffsetDateTime>) {
        *self = Self { latest: attempt, failure, retry_until, paid_by: self.paid_by };
    }
}
