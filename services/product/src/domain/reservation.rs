//! The life of a reservation: state + fact → what to do. Facts arrive late, twice and in any order.

use super::movement::Kind;

/// How far a reservation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Items are set aside.
    Held,
    /// There were too few; nothing is set aside.
    Rejected,
    /// The items are sold.
    Committed,
    /// The order was cancelled; nothing is set aside.
    Released,
    /// Time ran out; nothing is set aside.
    Expired,
}

impl State {
    const ALL: [Self; 5] = [Self::Held, Self::Rejected, Self::Committed, Self::Released, Self::Expired];

    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Rejected => "rejected",
            Self::Committed => "committed",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }

    /// The state of this name.
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

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
    /// Move the stock of every line in this way, then be in that state.
    Move(Kind, State),
    /// Be in that state; no stock moves.
    Become(State),
    /// It is known, or too late to matter.
    Ignore,
    /// What it builds on has not arrived yet.
    Wait,
    /// It contradicts what was said before: somebody has to look.
    Refuse,
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

        // Paid for, but too late: served if others have left enough.
        (Some(State::Expired), Fact::Confirmed) => Step::Move(Kind::Taken, State::Committed),
        (Some(State::Expired), Fact::Cancelled) => Step::Become(State::Released),

        (Some(State::Committed), Fact::Cancelled) => Step::Move(Kind::Returned, State::Released),

        // An order that was told there is no stock never asks for money.
        (Some(State::Rejected), Fact::Confirmed) => Step::Refuse,

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
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use uuid::Uuid;
    use warung_contracts::id::ProductId;

    use super::*;
    use crate::domain::{
        movement::{Lines, move_all},
        stock::Stock,
    };

    /// The real rules, over maps instead of tables.
    #[derive(Default)]
    struct Shop {
        stocks: BTreeMap<ProductId, Stock>,
        orders: BTreeMap<u8, (State, Lines)>,
    }

    impl Shop {
        fn hear(&mut self, order: u8, lines: &Lines, fact: Fact) {
            let known = self.orders.get(&order).cloned();
            match step(known.as_ref().map(|(state, _)| *state), fact) {
                Step::Reserve => {
                    let state = match self.moved(Kind::Reserved, lines) {
                        true => State::Held,
                        false => State::Rejected,
                    };
                    self.orders.insert(order, (state, lines.clone()));
                }
                Step::Move(kind, state) => {
                    let lines = known.map(|(_, lines)| lines).unwrap_or_default();
                    if self.moved(kind, &lines) {
                        self.orders.insert(order, (state, lines));
                    }
                }
                Step::Become(state) => {
                    let lines = known.map(|(_, lines)| lines).unwrap_or_default();
                    self.orders.insert(order, (state, lines));
                }
                Step::Ignore | Step::Wait | Step::Refuse => {}
            }
        }

        fn moved(&mut self, kind: Kind, lines: &Lines) -> bool {
            let Ok(movements) = move_all(kind, lines, &self.stocks) else { return false };
            for movement in movements {
                self.stocks.insert(movement.product_id, movement.after);
            }
            true
        }

        /// Items of a product in orders of this state: counted from the orders, not from the stock.
        fn in_state(&self, wanted: State, product: ProductId) -> i64 {
            let orders = self.orders.values().filter(|(state, _)| *state == wanted);
            orders.filter_map(|(_, lines)| lines.get(&product)).sum()
        }
    }

    fn product(n: u8) -> ProductId {
        ProductId(Uuid::from_u128(u128::from(n)))
    }

    fn fact() -> impl Strategy<Value = Fact> {
        prop_oneof![
            4 => Just(Fact::Placed),
            2 => Just(Fact::Confirmed),
            2 => Just(Fact::Cancelled),
            1 => Just(Fact::TimeUp),
        ]
    }

    proptest! {
        /// However facts repeat, mix and come late: what is held is reserved, what is sold has left, nothing is made.
        #[test]
        fn stock_always_agrees_with_the_orders(
            start in prop::collection::vec(0_i64..12, 3),
            wants in prop::collection::vec(prop::collection::btree_map(0_u8..3, 1_i64..6, 1..3), 8),
            facts in prop::collection::vec((0_u8..8, fact()), 0..120),
        ) {
            let mut shop = Shop::default();
            for (n, on_hand) in (0_u8..).zip(&start) {
                shop.stocks.insert(product(n), Stock::new(*on_hand, 0).unwrap());
            }
            for (order, fact) in facts {
                let lines: Lines =
                    wants[usize::from(order)].iter().map(|(n, quantity)| (product(*n), *quantity)).collect();
                shop.hear(order, &lines, fact);
                for (n, on_hand) in (0_u8..).zip(&start) {
                    let (stock, id) = (shop.stocks[&product(n)], product(n));
                    let sold = shop.in_state(State::Committed, id);
                    prop_assert_eq!(stock.reserved(), shop.in_state(State::Held, id));
                    prop_assert_eq!(stock.on_hand() + sold, *on_hand);
                    prop_assert!(sold <= *on_hand);
                }
            }
        }

        /// A fact that is heard twice does no more than once.
        #[test]
        fn a_fact_acts_once(facts in prop::collection::vec(fact(), 1..10)) {
            let lines: Lines = [(product(0), 2)].into();
            let mut once = Shop::default();
            once.stocks.insert(product(0), Stock::new(5, 0).unwrap());
            let mut twice = Shop { stocks: once.stocks.clone(), ..Shop::default() };
            for fact in facts {
                once.hear(0, &lines, fact);
                twice.hear(0, &lines, fact);
                twice.hear(0, &lines, fact);
                prop_assert_eq!(&once.stocks, &twice.stocks);
                prop_assert_eq!(&once.orders, &twice.orders);
            }
        }
    }

    #[test]
    fn an_order_cancelled_before_it_was_heard_of_reserves_nothing() {
        let state = match step(None, Fact::Cancelled) {
            Step::Become(state) => state,
            other => panic!("{other:?}"),
        };
        assert_eq!(step(Some(state), Fact::Placed), Step::Ignore);
    }
}
