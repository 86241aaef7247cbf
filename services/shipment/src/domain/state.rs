//! How far a parcel is, and what moves it.
//!
//! ```text
//!  created ──> dispatched ──> delivered
//!     │          │      └──> failed ──> returned        (failed ──> delivered: a carrier may try again)
//!     │          └─ order cancelled ──> recalled ──> returned, or delivered when the recall came too late
//!     └─ order cancelled ──> cancelled
//! ```

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far a parcel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for its carrier.
    Created,
    /// The carrier has it.
    Dispatched,
    /// Its order was cancelled while the carrier had it: it is to come back.
    Recalled,
    /// The carrier gave up: it is to come back.
    Failed,
    /// It is at the door. The end.
    Delivered,
    /// It is back. The end.
    Returned,
    /// Its order was cancelled before it left. The end.
    Cancelled,
}

/// Something that happened to a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// The carrier took it.
    PickedUp,
    /// The carrier saw it on its way.
    InTransit,
    /// It was handed over.
    Delivered,
    /// The carrier gave up.
    Failed,
    /// It came back.
    Returned,
    /// Its order was cancelled.
    #[serde(skip)]
    OrderCancelled,
}

/// What a fact does to a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    To(State),
    /// Nothing: it is past it, or known.
    Stay,
    /// It contradicts the end that the parcel came to.
    Refused,
}

/// The one table of what may happen to a parcel.
pub fn step(state: State, fact: Fact) -> Step {
    use State as S;
    match (state, fact) {
        (S::Created, Fact::PickedUp | Fact::InTransit) => Step::To(S::Dispatched),
        (S::Created, Fact::OrderCancelled) => Step::To(S::Cancelled),
        // News may overtake the pick-up; only what never left can't come back.
        (S::Created, Fact::Returned) => Step::Refused,
        (S::Dispatched, Fact::OrderCancelled) => Step::To(S::Recalled),
        (S::Created | S::Dispatched, Fact::Failed) => Step::To(S::Failed),
        (S::Created | S::Dispatched | S::Recalled | S::Failed, Fact::Delivered) => Step::To(S::Delivered),
        (S::Dispatched | S::Recalled | S::Failed, Fact::Returned) => Step::To(S::Returned),
        (S::Dispatched | S::Recalled | S::Failed, Fact::PickedUp | Fact::InTransit) => Step::Stay,
        (S::Recalled | S::Failed, Fact::Failed | Fact::OrderCancelled) => Step::Stay,
        // The end: what is known or late changes nothing, what contradicts it is refused.
        (S::Delivered | S::Returned | S::Cancelled, Fact::OrderCancelled) => Step::Stay,
        (S::Delivered, Fact::PickedUp | Fact::InTransit | Fact::Delivered) => Step::Stay,
        (S::Returned, Fact::PickedUp | Fact::InTransit | Fact::Failed | Fact::Returned) => Step::Stay,
        (S::Delivered, Fact::Failed | Fact::Returned) | (S::Returned, Fact::Delivered) => Step::Refused,
        (
            S::Cancelled,
            Fact::PickedUp | Fact::InTransit | Fact::Delivered | Fact::Failed | Fact::Returned,
        ) => Step::Refused,
    }
}

warung_contracts::words!(
    State,
    "state of a parcel",
    Created = "created",
    Dispatched = "dispatched",
    Recalled = "recalled",
    Failed = "failed",
    Delivered = "delivered",
    Returned = "returned",
    Cancelled = "cancelled",
);

impl State {
    /// What the customer reads.
    pub fn description(self) -> &'static str {
        match self {
            Self::Created => "The parcel is packed and waits for its carrier.",
            Self::Dispatched => "The carrier has the parcel.",
            Self::Recalled => "The order was cancelled; the parcel is called back.",
            Self::Failed => "The parcel could not be delivered and goes back.",
            Self::Delivered => "The parcel was delivered.",
            Self::Returned => "The parcel is back at the shop.",
            Self::Cancelled => "The order was cancelled before the parcel left.",
        }
    }

    /// Whether it may still reach its customer as planned: what an order waits for.
    pub fn is_awaited(self) -> bool {
        matches!(self, Self::Created | Self::Dispatched)
    }

    /// Whether its carrier has it, or had it.
    pub fn has_left(self) -> bool {
        !matches!(self, Self::Created | Self::Cancelled)
    }

    /// Whether its content is not with the shop: on its way somewhere, or at the door.
    pub fn is_away(self) -> bool {
        self.has_left() && self != Self::Returned
    }

    /// Whether nothing follows.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Delivered | Self::Returned | Self::Cancelled)
    }

    /// What happens next when all goes its way; none at an end.
    pub fn next(self) -> Option<Fact> {
        match self {
            Self::Created => Some(Fact::PickedUp),
            Self::Dispatched => Some(Fact::Delivered),
            Self::Recalled | Self::Failed => Some(Fact::Returned),
            Self::Delivered | Self::Returned | Self::Cancelled => None,
        }
    }

    /// The state of a shipment: that of its least advanced parcel.
    pub fn overall(parcels: impl IntoIterator<Item = Self>) -> Option<Self> {
        parcels.into_iter().min_by_key(|state| Self::ALL.iter().position(|other| other == state))
    }
}

impl Fact {
    /// What the customer reads where the teller says nothing; the states' words say the rest.
    pub fn description(self, after: State) -> &'static str {
        match self {
            Self::InTransit => "The parcel is on its way.",
            _ => after.description(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FACTS: [Fact; 6] = [
        Fact::PickedUp,
        Fact::InTransit,
        Fact::Delivered,
        Fact::Failed,
        Fact::Returned,
        Fact::OrderCancelled,
    ];

    fn after(state: State, fact: Fact) -> State {
        match step(state, fact) {
            Step::To(next) => next,
            Step::Stay | Step::Refused => state,
        }
    }

    /// How far a state is; none leads to a lesser one.
    fn rank(state: State) -> u8 {
        match state {
            State::Created => 0,
            State::Dispatched => 1,
            State::Recalled | State::Failed => 2,
            State::Delivered | State::Returned | State::Cancelled => 3,
        }
    }

    fn facts() -> impl Strategy<Value = Vec<Fact>> {
        prop::collection::vec(prop::sample::select(&FACTS[..]), 0..12)
    }

    proptest! {
        #[test]
        fn a_parcel_never_goes_back_a_state_and_never_leaves_an_end(facts in facts()) {
            let mut state = State::Created;
            for fact in facts {
                let next = after(state, fact);
                prop_assert!(rank(next) > rank(state) || next == state, "{state} to {next} by {fact:?}");
                prop_assert!(!state.is_end() || next == state);
                // Told again, it changes nothing.
                prop_assert_eq!(after(next, fact), next);
                state = next;
            }
        }

        /// The model: the first of the ends that was told decides, and what never left can't come back.
        #[test]
        fn any_sequence_of_facts_ends_as_the_model_says(facts in facts()) {
            let (mut left, mut cancelled, mut gave_up, mut end) = (false, false, false, None);
            for fact in &facts {
                match fact {
                    _ if end.is_some() => {}
                    Fact::PickedUp | Fact::InTransit => left = true,
                    Fact::Failed => (left, gave_up) = (true, gave_up || !cancelled),
                    Fact::Delivered => end = Some(State::Delivered),
                    Fact::Returned if left => end = Some(State::Returned),
                    Fact::Returned => {}
                    Fact::OrderCancelled if left => cancelled |= !gave_up,
                    Fact::OrderCancelled => end = Some(State::Cancelled),
                }
            }
            let expected = end.unwrap_or(match (left, cancelled, gave_up) {
                (false, ..) => State::Created,
                (_, true, _) => State::Recalled,
                (_, _, true) => State::Failed,
                _ => State::Dispatched,
            });
            prop_assert_eq!(facts.into_iter().fold(State::Created, after), expected);
        }

        #[test]
        fn from_everywhere_the_way_it_goes_leads_to_an_end(facts in facts()) {
            let mut state = facts.into_iter().fold(State::Created, after);
            for _ in 0..2 {
                state = state.next().map_or(state, |fact| after(state, fact));
            }
            prop_assert!(state.is_end());
        }
    }

    #[test]
    fn a_shipment_is_as_far_as_its_least_advanced_parcel() {
        let overall = State::overall([State::Delivered, State::Dispatched, State::Returned]);
        assert_eq!(overall, Some(State::Dispatched));
        assert_eq!(State::overall([State::Cancelled, State::Delivered]), Some(State::Delivered));
        assert_eq!(State::overall([]), None);
    }
}
