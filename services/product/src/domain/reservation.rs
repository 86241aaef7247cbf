//! The life of a reservation: state + fact → what to do. Facts arrive late, twice and in any order.

use super::movement::Kind;

/// How far a reservation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Items are set aside.
    Held,
    /// There were too few, when it was placed or when its money came late; nothing is set aside.
    Rejected,
    /// The items are sold.
    Committed,
    /// The order was cancelled; nothing is set aside.
    Released,
    /// Time ran out; nothing is set aside.
    Expired,
}

warung_contracts::words!(
    State,
    "state of a reservation",
    Held = "held",
    Rejected = "rejected",
    Committed = "committed",
    Released = "released",
    Expired = "expired",
);

/// What is heard of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    Placed,
    Confirmed,
    Cancelled,
    TimeUp,
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Set the items aside if all are there: `Held`, else `Rejected`.
    Reserve,
    /// Sell the items from wherever enough are left: `Committed`, else `Rejected`.
    Take,
    /// Say once more that there is too little.
    Reject,
    /// Move the stock of every line in this way, then be in that state.
    Move(Kind, State),
    /// Be in that state; no stock moves.
    Become(State),
    /// It is known, or too late to matter.
    Ignore,
    /// What it builds on has not arrived yet.
    Wait,
}

/// Decides. `state` is none when the order was never heard of.
pub fn step(state: Option<State>, fact: Fact) -> Step {
    match (state, fact) {
        (None, Fact::Placed) => Step::Reserve,
        (None, Fact::Confirmed) => Step::Wait,
        // A tombstone: when the order is placed after all, it reserves nothing.
        (None, Fact::Cancelled) => Step::Become(State::Released),

        (Some(State::Held), Fact::Confirmed) => Step::Move(Kind::Committed, State::Committed),
        (Some(State::Held), Fact::Cancelled) => Step::Move(Kind::Released, State::Released),
        (Some(State::Held), Fact::TimeUp) => Step::Move(Kind::Expired, State::Expired),

        // Paid for, but too late: served if others have left enough, else order ends it and the money goes back.
        (Some(State::Expired), Fact::Confirmed) => Step::Take,
        (Some(State::Expired), Fact::Cancelled) => Step::Become(State::Released),

        (Some(State::Committed), Fact::Cancelled) => Step::Move(Kind::Returned, State::Released),

        // Order may have confirmed it before it heard.
        (Some(State::Rejected), Fact::Confirmed) => Step::Reject,

        // Cancelled is final, so a confirmation that comes after it is an old one.
        (Some(State::Released), Fact::Confirmed | Fact::Cancelled)
        | (Some(State::Rejected), Fact::Cancelled)
        | (Some(State::Committed), Fact::Confirmed)
        | (Some(_), Fact::Placed)
        | (
            None | Some(State::Rejected | State::Committed | State::Released | State::Expired),
            Fact::TimeUp,
        ) => Step::Ignore,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_cancelled_before_it_was_heard_of_reserves_nothing() {
        let state = match step(None, Fact::Cancelled) {
            Step::Become(state) => state,
            other => panic!("{other:?}"),
        };
        assert_eq!(step(Some(state), Fact::Placed), Step::Ignore);
    }
}
