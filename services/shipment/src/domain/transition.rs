//! The state machine: state and fact → what happens.

use super::State;

/// Something that happened to a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// It went one step on.
    Moved,
    /// Its order was cancelled.
    OrderCancelled,
}

/// What a fact does to a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    To(State),
    /// Nothing: it is past it.
    Stay,
    /// It can't go on from here.
    Refused,
}

/// The one table of what may happen to a parcel.
pub fn step(state: State, fact: Fact) -> Step {
    match (state, fact) {
        (State::Created, Fact::Moved) => Step::To(State::Dispatched),
        (State::Dispatched, Fact::Moved) => Step::To(State::Delivered),
        (State::Delivered | State::Cancelled, Fact::Moved) => Step::Refused,
        (State::Created, Fact::OrderCancelled) => Step::To(State::Cancelled),
        // It has left: what comes back is a return, which is another matter.
        (State::Dispatched | State::Delivered | State::Cancelled, Fact::OrderCancelled) => Step::Stay,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn after(state: State, fact: Fact) -> State {
        match step(state, fact) {
            Step::To(next) => next,
            Step::Stay | Step::Refused => state,
        }
    }

    proptest! {
        /// The model: a parcel counts its steps, up to two; a cancellation counts only before the first.
        #[test]
        fn any_sequence_of_facts_ends_as_the_model_says(moves in prop::collection::vec(any::<bool>(), 0..8)) {
            let (mut state, mut steps, mut cancelled) = (State::Created, 0, false);
            for moved in moves {
                state = after(state, if moved { Fact::Moved } else { Fact::OrderCancelled });
                if moved && !cancelled {
                    steps += 1;
                } else if steps == 0 {
                    cancelled = true;
                }
                let expected = match (cancelled, steps) {
                    (true, _) => State::Cancelled,
                    (_, 0) => State::Created,
                    (_, 1) => State::Dispatched,
                    _ => State::Delivered,
                };
                prop_assert_eq!(state, expected);
            }
        }
    }
}
