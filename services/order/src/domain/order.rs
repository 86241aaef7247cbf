//! An order and its states.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_contracts::{
    event::{CancelReason, NextAction, OrderLine, PaymentChoice, ShippingAddress},
    id::{OrderId, UserId},
    money::Money,
};

/// How far an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Checked out; stock is being set aside.
    Placed,
    /// Stock is set aside; the payment is under way.
    AwaitingPayment,
    /// Paid.
    Confirmed,
    /// The carrier has it.
    Shipped,
    /// Delivered. The end.
    Completed,
    /// There was too little stock. The end.
    Rejected,
    /// Not paid, or called off. The end.
    Cancelled,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Placed,
        Self::AwaitingPayment,
        Self::Confirmed,
        Self::Shipped,
        Self::Completed,
        Self::Rejected,
        Self::Cancelled,
    ];

    /// The word for it in the database, the API and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::AwaitingPayment => "awaiting_payment",
            Self::Confirmed => "confirmed",
            Self::Shipped => "shipped",
            Self::Completed => "completed",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing can follow.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Rejected | Self::Cancelled)
    }

    /// Whether the order still waits for its money.
    pub fn is_unpaid(self) -> bool {
        matches!(self, Self::Placed | Self::AwaitingPayment)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for State {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| format!("{text:?} is no state of an order"))
    }
}

/// Who causes a transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    Customer,
    Admin,
    /// The order's deadline.
    Clock,
    Product,
    Payment,
    Shipment,
}

impl Actor {
    /// The word for it in the history.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Admin => "admin",
            Self::Clock => "clock",
            Self::Product => "product",
            Self::Payment => "payment",
            Self::Shipment => "shipment",
        }
    }
}

/// What the customer can do with an order now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Follow `payment.next_action`.
    Pay,
    /// `POST /api/v1/orders/{id}/cancel`.
    Cancel,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub id: OrderId,
    /// Such as `KOPI-000042`.
    pub number: String,
    pub user_id: UserId,
    pub state: State,
    pub lines: Vec<OrderLine>,
    pub total: Money,
    pub refunded: Money,
    pub payment: PaymentChoice,
    pub next_action: Option<NextAction>,
    pub shipping_address: ShippingAddress,
    pub carrier: Option<String>,
    pub tracking_number: Option<String>,
    pub cancel_reason: Option<CancelReason>,
    pub deadline_at: OffsetDateTime,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

impl Order {
    /// What the customer can do now.
    pub fn actions(&self) -> Vec<Action> {
        let mut actions = Vec::new();
        if self.state == State::AwaitingPayment && self.next_action.is_some() {
            actions.push(Action::Pay);
        }
        if self.state.is_unpaid() {
            actions.push(Action::Cancel);
        }
        actions
    }
}
