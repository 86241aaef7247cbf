//! The state machine: state and fact → what happens. Facts come late, twice and in any order.

use warung_contracts::event::CancelReason;

use super::State;

/// Something that happened to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    StockReserved,
    StockRejected,
    PaymentPending,
    PaymentSucceeded,
    PaymentFailed,
    PaymentExpired,
    Dispatched,
    /// Every parcel is at the door.
    Delivered,
    /// No carrier could deliver it: all of it came back.
    CameBack,
    CancelledByCustomer,
    CancelledByAdmin,
    DeadlinePassed,
}

impl Fact {
    /// Every fact.
    pub const ALL: [Self; 12] = [
        Self::StockReserved,
        Self::StockRejected,
        Self::PaymentPending,
        Self::PaymentSucceeded,
        Self::PaymentFailed,
        Self::PaymentExpired,
        Self::Dispatched,
        Self::Delivered,
        Self::CameBack,
        Self::CancelledByCustomer,
        Self::CancelledByAdmin,
        Self::DeadlinePassed,
    ];
}

/// What a fact does to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It goes on to a state that is not [`State::Rejected`] or [`State::Cancelled`].
    To(State),
    /// It ends in [`State::Rejected`] or [`State::Cancelled`], and whatever was taken for it goes back.
    End(State, CancelReason),
    /// Nothing: the order is past it, or it ended before.
    Stay,
    /// What comes before it has not arrived.
    NotYet,
    /// It may not be done in this state.
    Refused,
}

/// The one table of what may happen to an order.
pub fn step(state: State, fact: Fact) -> Step {
    use CancelReason as Why;
    use Fact as F;
    use State as S;
    match (state, fact) {
        (S::Placed, F::StockReserved | F::PaymentPending) => Step::To(S::AwaitingPayment),
        // Money may be heard of before stock: the events come from two owners.
        (S::Placed | S::AwaitingPayment, F::PaymentSucceeded) => Step::To(S::Confirmed),
        (S::Placed | S::AwaitingPayment, F::StockRejected) => Step::End(S::Rejected, Why::OutOfStock),
        (S::Placed | S::AwaitingPayment, F::PaymentFailed) => Step::End(S::Cancelled, Why::PaymentFailed),
        (S::Placed | S::AwaitingPayment, F::PaymentExpired) => Step::End(S::Cancelled, Why::PaymentExpired),
        (S::Placed | S::AwaitingPayment, F::CancelledByCustomer) => Step::End(S::Cancelled, Why::ByCustomer),
        (S::Placed | S::AwaitingPayment, F::CancelledByAdmin) => Step::End(S::Cancelled, Why::ByAdmin),
        (S::Placed | S::AwaitingPayment, F::DeadlinePassed) => Step::End(S::Cancelled, Why::Deadline),
        // A parcel exists only for a confirmed order, so the news of its payment is still on the way.
        (S::Placed | S::AwaitingPayment, F::Dispatched | F::Delivered | F::CameBack) => Step::NotYet,
        (S::AwaitingPayment, F::StockReserved | F::PaymentPending) => Step::Stay,

        (S::Confirmed, F::Dispatched) => Step::To(S::Shipped),
        // Delivered overtook dispatched, or followed it.
        (S::Confirmed | S::Shipped, F::Delivered) => Step::To(S::Completed),
        (S::Shipped, F::Dispatched) => Step::Stay,
        // The money goes back, and the goods are with the shop.
        (S::Confirmed | S::Shipped, F::CameBack) => Step::End(S::Cancelled, Why::Undeliverable),
        // Paid, and not with the carrier yet: payment gives the money back, product takes the stock back, shipment
        // stops the parcel, each when it hears of the end.
        (S::Confirmed, F::CancelledByCustomer) => Step::End(S::Cancelled, Why::ByCustomer),
        (S::Confirmed, F::CancelledByAdmin) => Step::End(S::Cancelled, Why::ByAdmin),

        // Its money came when its items had gone to others.
        (S::Confirmed, F::StockRejected) => Step::End(S::Cancelled, Why::OutOfStock),

        // Stock and money have spoken, or it is with the carrier; whatever else they say is old.
        (S::Shipped | S::Completed, F::StockRejected)
        | (
            S::Confirmed | S::Shipped | S::Completed,
            F::StockReserved
            | F::PaymentPending
            | F::PaymentSucceeded
            | F::PaymentFailed
            | F::PaymentExpired
            | F::DeadlinePassed,
        ) => Step::Stay,
        // Too late to call off: goods are on their way. Money goes back by a return then.
        (S::Shipped | S::Completed, F::CancelledByCustomer | F::CancelledByAdmin) => Step::Refused,
        (S::Completed, F::Dispatched | F::Delivered | F::CameBack) => Step::Stay,

        // An order that ended stays ended: payment hears of the end too and gives late money back by itself.
        (
            S::Rejected | S::Cancelled,
            F::StockReserved
            | F::StockRejected
            | F::PaymentPending
            | F::PaymentSucceeded
            | F::PaymentFailed
            | F::PaymentExpired
            | F::Dispatched
            | F::Delivered
            | F::CameBack
            | F::DeadlinePassed,
        ) => Step::Stay,
        (S::Rejected | S::Cancelled, F::CancelledByCustomer | F::CancelledByAdmin) => Step::Refused,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The machine told in another way: an order has money, or an end, or neither; and a parcel's progress.
    #[derive(Debug, Default)]
    struct Model {
        stock: bool,
        paid: bool,
        ended: Option<State>,
        shipped: bool,
        delivered: bool,
    }

    impl Model {
        fn hear(&mut self, fact: Fact) {
            if self.ended.is_some() {
                return;
            }
            match fact {
                Fact::StockReserved | Fact::PaymentPending => self.stock = true,
                Fact::PaymentSucceeded => self.paid = true,
                Fact::Dispatched => self.shipped |= self.paid,
                Fact::Delivered => self.delivered |= self.paid,
                Fact::CameBack if self.paid && !self.delivered => self.ended = Some(State::Cancelled),
                Fact::CancelledByCustomer | Fact::CancelledByAdmin if !self.shipped && !self.delivered => {
                    self.ended = Some(State::Cancelled);
                }
                Fact::StockRejected if self.paid && !self.shipped && !self.delivered => {
                    self.ended = Some(State::Cancelled);
                }
                Fact::CameBack => {}
                _ if self.paid => {}
                Fact::StockRejected => self.ended = Some(State::Rejected),
                _ => self.ended = Some(State::Cancelled),
            }
        }

        fn state(&self) -> State {
            match self {
                Self { ended: Some(end), .. } => *end,
                Self { delivered: true, .. } => State::Completed,
                Self { shipped: true, .. } => State::Shipped,
                Self { paid: true, .. } => State::Confirmed,
                Self { stock: true, .. } => State::AwaitingPayment,
                _ => State::Placed,
            }
        }
    }

    fn after(state: State, step: Step) -> State {
        match step {
            Step::To(next) | Step::End(next, _) => next,
            Step::Stay | Step::NotYet | Step::Refused => state,
        }
    }

    proptest! {
        #[test]
        fn any_sequence_of_facts_ends_as_the_model_says(facts in prop::collection::vec(prop::sample::select(&Fact::ALL[..]), 0..30)) {
            let (mut state, mut model) = (State::Placed, Model::default());
            for fact in facts {
                let before = state;
                state = after(state, step(state, fact));
                model.hear(fact);
                prop_assert_eq!(state, model.state(), "after {:?} in {}", fact, before);
                prop_assert!(!before.is_terminal() || state == before, "{} is no end", before);
            }
        }

        #[test]
        fn hearing_a_fact_twice_changes_nothing_more(
            state in prop::sample::select(&State::ALL[..]),
            fact in prop::sample::select(&Fact::ALL[..]),
        ) {
            let once = after(state, step(state, fact));
            prop_assert_eq!(after(once, step(once, fact)), once);
        }
    }

    #[test]
    fn only_what_is_not_shipped_can_be_called_off() {
        for state in State::ALL {
            for fact in [Fact::CancelledByCustomer, Fact::CancelledByAdmin] {
                let ends = matches!(step(state, fact), Step::End(State::Cancelled, _));
                assert_eq!(ends, state.is_cancellable(), "{state}");
            }
        }
    }

    #[test]
    fn an_end_always_says_why_and_going_on_never_ends() {
        for state in State::ALL {
            for fact in Fact::ALL {
                match step(state, fact) {
                    Step::To(next) => assert!(!matches!(next, State::Rejected | State::Cancelled)),
                    Step::End(next, _) => assert!(matches!(next, State::Rejected | State::Cancelled)),
                    Step::Stay | Step::NotYet | Step::Refused => {}
                }
            }
        }
    }
}
