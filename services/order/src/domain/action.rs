//! What may be done with an order now, and by whom.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;
use warung_contracts::event::ShippedParcel;

use super::{Order, State};

/// Something that can be done with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Follow `payment.next_action`.
    Pay,
    /// `POST /api/v1/payments/{id}/attempts`.
    ChangePayment,
    /// `POST /api/v1/orders/{id}/cancel`.
    Cancel,
    /// `PUT /api/v1/orders/{id}/shipping-address`.
    CorrectAddress,
    /// `POST /api/v1/orders/{id}/returns`.
    RequestReturn,
    /// `POST /api/v1/admin/orders/{id}/notes`.
    AddNote,
}

/// Who looks at an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    /// Whose order it is.
    Customer,
    Staff,
    Admin,
}

impl Order {
    /// What this viewer can do at this time, with its parcels as they are known; returns are taken for so long after an order
    /// is complete.
    pub fn actions(
        &self,
        viewer: Viewer,
        parcels: &[ShippedParcel],
        now: OffsetDateTime,
        return_within: Duration,
    ) -> Vec<Action> {
        let pays = self.state == State::AwaitingPayment && self.next_action.is_some();
        let changes = self.state.is_unpaid() && self.tries.retry_until.is_some_and(|until| now < until);
        let returns =
            self.takes_returns(now, return_within) && self.lines.iter().any(|line| line.returnable() > 0);
        // What an account that is gone wrote would stay.
        let corrects = self.takes_address(parcels) && !(viewer == Viewer::Customer && self.forget);
        let offered = [
            (Action::Pay, viewer == Viewer::Customer && pays),
            (Action::ChangePayment, viewer == Viewer::Customer && changes),
            (Action::Cancel, viewer != Viewer::Staff && self.state.is_cancellable()),
            (Action::CorrectAddress, corrects),
            (Action::RequestReturn, viewer == Viewer::Customer && returns),
            (Action::AddNote, viewer != Viewer::Customer),
        ];
        offered.into_iter().filter(|(_, possible)| *possible).map(|(action, _)| action).collect()
    }

    /// Whether its items can be sent back, those that are not in a return yet.
    pub fn takes_returns(&self, now: OffsetDateTime, within: Duration) -> bool {
        self.state == State::Completed && self.completed_at.is_some_and(|at| now < at + within)
    }
}
