//! Goods that a customer sends back, and the money for them.

mod due;
mod machine;
mod share;

pub use due::{dues, expected};
pub use machine::{Deed, ReturnAction, ReturnState, step};
pub use share::{Paid, due, tax_in};
use time::OffsetDateTime;
use warung_contracts::{
    currency::Currency,
    id::{OrderId, RefundId, ReturnId, UserId},
    money::Money,
};

/// Items of a line that are sent back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReturnLine {
    /// The line's place in the order, from 0.
    pub line: u32,
    /// As asked for; 1 or more.
    pub quantity: u32,
    /// As they arrived; none before.
    pub received: Option<u32>,
    /// Whether those that arrived can be sold again.
    pub restock: bool,
    /// Minor units that go back for it.
    pub refund: i64,
}

/// A return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    pub id: ReturnId,
    pub order_id: OrderId,
    pub user_id: UserId,
    pub state: ReturnState,
    pub lines: Vec<ReturnLine>,
    /// The order's.
    pub currency: Currency,
    /// In the customer's words.
    pub reason: String,
    /// What the shop answered.
    pub answer: Option<String>,
    pub refund: Option<Refund>,
    /// Why payment could not give the money back, when it was asked last; in a word of the provider's or ours.
    pub refund_refused: Option<String>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// Money that goes back for a return; the last of them, where one failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refund {
    pub id: RefundId,
    pub amount: Money,
}
