//! How an order stands with its money and its parcels, in a word each.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_contracts::{event::CancelReason, money::Money};

use super::{Order, State};

/// How an order stands with its money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// It is still to come.
    Open,
    /// It came, or nothing was to be paid.
    Paid,
    /// A part of it went back.
    PartlyRefunded,
    /// All of it went back.
    Refunded,
    /// It never came.
    Unpaid,
}

/// How an order stands with its parcels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShipmentState {
    /// There is nothing to send, or not yet.
    None,
    /// To be packed and handed over.
    Waiting,
    OnTheWay,
    Delivered,
    /// All of it came back undelivered.
    Returned,
}

impl Order {
    /// How it stands with its money.
    pub fn payment_state(&self) -> PaymentState {
        let refunded = self.refunded.amount_minor;
        match self.captured() {
            None if self.state.is_unpaid() => PaymentState::Open,
            None => PaymentState::Unpaid,
            Some(_) if refunded == 0 => PaymentState::Paid,
            Some(captured) if refunded < captured.amount_minor => PaymentState::PartlyRefunded,
            Some(_) => PaymentState::Refunded,
        }
    }

    /// What came. Orders from before payments were kept were paid in full.
    fn captured(&self) -> Option<Money> {
        let served = matches!(self.state, State::Confirmed | State::Shipped | State::Completed);
        self.paid.or(served.then_some(self.total()))
    }

    /// How it stands with its parcels.
    pub fn shipment_state(&self) -> ShipmentState {
        match self.state {
            State::Confirmed => ShipmentState::Waiting,
            State::Shipped => ShipmentState::OnTheWay,
            State::Completed => ShipmentState::Delivered,
            State::Cancelled if self.cancel_reason == Some(CancelReason::Undeliverable) => {
                ShipmentState::Returned
            }
            State::Placed | State::AwaitingPayment | State::Rejected | State::Cancelled => {
                ShipmentState::None
            }
        }
    }
}
