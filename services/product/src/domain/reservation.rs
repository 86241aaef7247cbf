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
    use warung_contracts::id::{LocationId, ProductId, VariantId};

    use super::*;
    use crate::domain::{
        movement::{self, Parts, Wants, allocate, move_all},
        shelf::{Level, Shelf, Shelves},
        stock::Stock,
    };

    /// Places of the model.
    const PLACES: u128 = 2;

    /// The real rules, over maps instead of tables.
    #[derive(Default, Clone)]
    struct Shop {
        shelves: Shelves,
        orders: BTreeMap<u8, (State, Parts)>,
    }

    impl Shop {
        /// `stock[n]` is what variant n has at each place.
        fn with(stock: &[Vec<i64>]) -> Self {
            let shelf = |places: &Vec<i64>| Shelf {
                product_id: ProductId(Uuid::nil()),
                sku: String::new(),
                for_sale: true,
                low_at: 0,
                levels: (0..)
                    .zip(places)
                    .map(|(n, on_hand)| Level {
                        location_id: LocationId(Uuid::from_u128(n)),
                        priority: 0,
                        active: true,
                        stock: Stock::new(*on_hand, 0, 0).unwrap(),
                    })
                    .collect(),
            };
            let shelves = (0..).zip(stock).map(|(n, places)| (variant(n), shelf(places))).collect();
            Self { shelves, orders: BTreeMap::new() }
        }

        fn hear(&mut self, order: u8, wants: &Wants, fact: Fact) {
            let known = self.orders.get(&order).cloned();
            match step(known.as_ref().map(|(state, _)| *state), fact) {
                Step::Reserve => {
                    let parts = allocate(wants, &self.shelves, true);
                    let state = match parts.is_ok() && self.moved(Kind::Reserved, parts.as_ref().unwrap()) {
                        true => State::Held,
                        false => State::Rejected,
                    };
                    self.orders.insert(order, (state, parts.unwrap_or_default()));
                }
                Step::Move(Kind::Taken, state) => {
                    if let Ok(parts) = allocate(wants, &self.shelves, false)
                        && self.moved(Kind::Taken, &parts)
                    {
                        self.orders.insert(order, (state, parts));
                    }
                }
                Step::Move(kind, state) => {
                    let parts = known.map(|(_, parts)| parts).unwrap_or_default();
                    assert!(self.moved(kind, &parts), "what was set aside or sold can always be given back");
                    self.orders.insert(order, (state, parts));
                }
                Step::Become(state) => {
                    let parts = known.map(|(_, parts)| parts).unwrap_or_default();
                    self.orders.insert(order, (state, parts));
                }
                Step::Ignore | Step::Wait | Step::Refuse => {}
            }
        }

        fn moved(&mut self, kind: Kind, parts: &Parts) -> bool {
            let Ok(movements) = move_all(kind, parts, &self.shelves) else { return false };
            self.shelves = movement::after(&self.shelves, &movements);
            true
        }

        /// Items at a place in orders of this state: counted from the orders, not from the stock.
        fn in_state(&self, wanted: State, at: (VariantId, LocationId)) -> i64 {
            let orders = self.orders.values().filter(|(state, _)| *state == wanted);
            orders.filter_map(|(_, parts)| parts.get(&at)).sum()
        }
    }

    fn variant(n: u128) -> VariantId {
        VariantId(Uuid::from_u128(n))
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
        /// However facts repeat, mix and come late: what is held is reserved where it is, what is sold has left from
        /// there, nothing is made.
        #[test]
        fn stock_always_agrees_with_the_orders(
            start in prop::collection::vec(prop::collection::vec(0_i64..8, PLACES as usize), 3),
            wants in prop::collection::vec(prop::collection::btree_map(0_u128..3, 1_i64..6, 1..3), 8),
            facts in prop::collection::vec((0_u8..8, fact()), 0..120),
        ) {
            let mut shop = Shop::with(&start);
            for (order, fact) in facts {
                let wants: Wants = wants[usize::from(order)].iter().map(|(n, q)| (variant(*n), *q)).collect();
                shop.hear(order, &wants, fact);
                for (n, places) in (0..).zip(&start) {
                    for (place, on_hand) in (0..).zip(places) {
                        let at = (variant(n), LocationId(Uuid::from_u128(place)));
                        let stock = shop.shelves[&at.0].at(at.1).unwrap().stock;
                        prop_assert_eq!(stock.reserved(), shop.in_state(State::Held, at));
                        prop_assert_eq!(stock.on_hand() + shop.in_state(State::Committed, at), *on_hand);
                    }
                }
            }
        }

        /// A fact that is heard twice does no more than once.
        #[test]
        fn a_fact_acts_once(facts in prop::collection::vec(fact(), 1..10)) {
            let wants: Wants = [(variant(0), 4)].into();
            let mut once = Shop::with(&[vec![3, 2]]);
            let mut twice = once.clone();
            for fact in facts {
                once.hear(0, &wants, fact);
                twice.hear(0, &wants, fact);
                twice.hear(0, &wants, fact);
                prop_assert_eq!(&once.shelves, &twice.shelves);
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
