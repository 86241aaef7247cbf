//! How far a return is, and what may be done with it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::Viewer;

/// How far a return is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReturnState {
    /// The customer asked; the shop has to answer.
    Requested,
    /// The shop does not take it. The end.
    Refused,
    /// The shop waits for the goods.
    Approved,
    /// The goods are there; the shop decides how much goes back.
    Received,
    /// Payment was asked to give the money back.
    Refunding,
    /// The money went back, as far as any was due. The end.
    Refunded,
    /// The customer keeps the goods after all. The end.
    Withdrawn,
}

warung_contracts::words!(
    ReturnState,
    "state of a return",
    Requested = "requested",
    Refused = "refused",
    Approved = "approved",
    Received = "received",
    Refunding = "refunding",
    Refunded = "refunded",
    Withdrawn = "withdrawn",
);

impl ReturnState {
    /// What this viewer can do with it now.
    pub fn actions(self, viewer: Viewer) -> Vec<ReturnAction> {
        use ReturnAction as A;
        [
            (A::Approve, Deed::Approve),
            (A::Refuse, Deed::Refuse),
            (A::Receive, Deed::Receive),
            (A::Refund, Deed::Refund),
            (A::Withdraw, Deed::Withdraw),
        ]
        .into_iter()
        .filter(|(action, deed)| action.is_of(viewer) && step(self, *deed).is_some())
        .map(|(action, _)| action)
        .collect()
    }
}

/// What can be done with a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReturnAction {
    Approve,
    Refuse,
    Receive,
    Refund,
    /// The customer's alone.
    Withdraw,
}

impl ReturnAction {
    fn is_of(self, viewer: Viewer) -> bool {
        (self == Self::Withdraw) == (viewer == Viewer::Customer)
    }
}

/// What happens to a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Approve,
    Refuse,
    Receive,
    Refund,
    /// Nothing is left to give back: the goods were free, or their money went back before.
    NothingDue,
    /// Payment gave the money back.
    RefundDone,
    /// Payment could not; it is tried again by hand.
    RefundFailed,
    /// Payment could not, and gave the money back all the same: another way, or asked once more.
    RefundedLate,
    /// The customer keeps the goods, of which none was sent.
    Withdraw,
}

/// The state after a deed; none when it may not be done.
pub fn step(state: ReturnState, deed: Deed) -> Option<ReturnState> {
    use Deed as D;
    use ReturnState as S;
    match (state, deed) {
        (S::Requested, D::Approve) => Some(S::Approved),
        // Approved goods that never come are refused in the end.
        (S::Requested | S::Approved, D::Refuse) => Some(S::Refused),
        // Nobody but the customer knows whether the goods are on their way.
        (S::Requested | S::Approved, D::Withdraw) => Some(S::Withdrawn),
        (S::Approved, D::Receive) => Some(S::Received),
        (S::Received, D::Refund) => Some(S::Refunding),
        (S::Received, D::NothingDue) => Some(S::Refunded),
        (S::Refunding, D::RefundDone) | (S::Received | S::Refunding, D::RefundedLate) => Some(S::Refunded),
        (S::Refunding, D::RefundFailed) => Some(S::Received),
        (S::Requested | S::Approved, D::Refund | D::NothingDue)
        | (S::Requested | S::Approved, D::RefundDone | D::RefundFailed | D::RefundedLate)
        | (S::Requested, D::Receive)
        | (S::Approved, D::Approve)
        | (S::Received, D::Approve | D::Refuse | D::Receive | D::RefundDone | D::RefundFailed)
        | (S::Refunding, D::Approve | D::Refuse | D::Receive | D::Refund | D::NothingDue)
        | (S::Received | S::Refunding, D::Withdraw)
        | (S::Refused | S::Refunded | S::Withdrawn, D::Approve | D::Refuse | D::Receive | D::Withdraw)
        | (S::Refused | S::Refunded | S::Withdrawn, D::Refund | D::NothingDue)
        | (S::Refused | S::Refunded | S::Withdrawn, D::RefundDone | D::RefundFailed | D::RefundedLate) => {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DEEDS: [Deed; 9] = [
        Deed::Approve,
        Deed::Refuse,
        Deed::Receive,
        Deed::Refund,
        Deed::NothingDue,
        Deed::RefundDone,
        Deed::RefundFailed,
        Deed::RefundedLate,
        Deed::Withdraw,
    ];

    proptest! {
        #[test]
        fn money_goes_back_once_and_for_goods_that_came(deeds in prop::collection::vec(prop::sample::select(&DEEDS[..]), 0..40)) {
            let (mut state, mut came, mut free, mut asked, mut done) = (ReturnState::Requested, false, false, 0, 0);
            for deed in deeds {
                let Some(next) = step(state, deed) else { continue };
                came |= deed == Deed::Receive;
                asked += i32::from(deed == Deed::Refund) - i32::from(deed == Deed::RefundFailed);
                // A refund that failed is asked for no more, and came all the same; or while its second try is asked for.
                asked += i32::from(deed == Deed::RefundedLate && asked == 0);
                done += i32::from(matches!(deed, Deed::RefundDone | Deed::RefundedLate));
                free |= deed == Deed::NothingDue;
                prop_assert!(deed != Deed::Withdraw || !came && asked == 0 && !free, "what came is not kept");
                prop_assert!((0..=1).contains(&asked) && done <= asked && (came || !free && asked == 0));
                state = next;
            }
            prop_assert_eq!(state == ReturnState::Refunded, (done == 1) != free);
            prop_assert!(!free || asked == 0);
        }
    }

    #[test]
    fn an_end_has_no_actions() {
        for state in [ReturnState::Refused, ReturnState::Refunded, ReturnState::Withdrawn] {
            assert!(DEEDS.iter().all(|deed| step(state, *deed).is_none()));
            assert!(state.actions(Viewer::Admin).is_empty() && state.actions(Viewer::Customer).is_empty());
        }
        assert_eq!(
            ReturnState::Requested.actions(Viewer::Staff),
            [ReturnAction::Approve, ReturnAction::Refuse]
        );
    }

    #[test]
    fn customers_withdraw_and_do_nothing_else() {
        for state in ReturnState::ALL {
            let possible = matches!(state, ReturnState::Requested | ReturnState::Approved);
            let wanted: &[ReturnAction] = if possible { &[ReturnAction::Withdraw] } else { &[] };
            assert_eq!(state.actions(Viewer::Customer), wanted, "{state:?}");
        }
    }
}
