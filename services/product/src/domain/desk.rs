//! What becomes of orders moves the stock: pure, for as many orders as are at hand.

use std::collections::BTreeMap;

use warung_contracts::id::OrderId;

use super::{
    movement::{Kind, Movement, Parts, Shortage, Wants, allocate, move_all, settle},
    reservation::{Fact, State, Step, step},
    shelf::Shelves,
};

/// An order, as the stock knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// None while it was never heard of.
    pub state: Option<State>,
    /// From where it is served, without what came back and is on the shelf again.
    pub parts: Parts,
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Its stock moved.
    Moved,
    /// There was too little of something; nothing moved.
    Rejected(Vec<Shortage>),
    /// Nothing moved, and nothing had to.
    Nothing,
}

/// Why a fact can't be acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It builds on a fact that has not arrived yet.
    Early,
    /// The stock does not hold what the order does.
    Contradiction,
}

/// Orders, and the stock they are served from.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    pub shelves: Shelves,
    pub orders: BTreeMap<OrderId, Standing>,
    /// What moved since the beginning, and for whom.
    pub movements: Vec<(OrderId, Movement)>,
}

impl Desk {
    /// Acts on a fact; `wants` is what the order asks for when it is placed.
    ///
    /// # Errors
    ///
    /// As [`Refusal`] says; nothing is changed then.
    pub fn hear(&mut self, id: OrderId, fact: Fact, wants: &Wants) -> Result<Outcome, Refusal> {
        let Standing { state, parts } = self.orders.get(&id).cloned().unwrap_or_default();
        match step(state, fact) {
            Step::Ignore => Ok(Outcome::Nothing),
            Step::Wait => Err(Refusal::Early),
            Step::Reserve => {
                let parts = allocate(wants, &self.shelves, true);
                Ok(self.serve(id, parts, Kind::Reserved, State::Held))
            }
            // What was promised before its variant left the catalogue is still sold.
            Step::Take => {
                let parts = allocate(&asked(&parts), &self.shelves, false);
                Ok(self.serve(id, parts, Kind::Taken, State::Committed))
            }
            Step::Reject => Ok(Outcome::Rejected(vec![])),
            Step::Become(state) => {
                self.orders.insert(id, Standing { state: Some(state), parts });
                Ok(Outcome::Nothing)
            }
            Step::Move(kind, state) => {
                self.move_parts(id, kind, &parts).map_err(|_| Refusal::Contradiction)?;
                self.orders.insert(id, Standing { state: Some(state), parts });
                Ok(Outcome::Moved)
            }
        }
    }

    /// Moves all items in this way, or none.
    fn serve(
        &mut self,
        id: OrderId,
        parts: Result<Parts, Vec<Shortage>>,
        kind: Kind,
        served: State,
    ) -> Outcome {
        let moved = parts.and_then(|parts| self.move_parts(id, kind, &parts).map(|()| parts));
        let (state, parts, outcome) = match moved {
            Ok(parts) => (served, parts, Outcome::Moved),
            Err(shortages) => (State::Rejected, Parts::new(), Outcome::Rejected(shortages)),
        };
        self.orders.insert(id, Standing { state: Some(state), parts });
        outcome
    }

    fn move_parts(&mut self, id: OrderId, kind: Kind, parts: &Parts) -> Result<(), Vec<Shortage>> {
        let movements = move_all(kind, parts, &self.shelves)?;
        settle(&mut self.shelves, &movements);
        self.movements.extend(movements.into_iter().map(|movement| (id, movement)));
        Ok(())
    }
}

/// What an order that is served from there asked for.
fn asked(parts: &Parts) -> Wants {
    let mut wants = Wants::new();
    for ((variant, _), quantity) in parts {
        *wants.entry(*variant).or_default() += quantity;
    }
    wants
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;
    use warung_contracts::id::{LocationId, ProductId, VariantId};

    use super::*;
    use crate::domain::{
        shelf::{Level, Shelf},
        stock::Stock,
    };

    /// Places of the model.
    const PLACES: u128 = 2;

    fn variant(n: u128) -> VariantId {
        VariantId(Uuid::from_u128(n))
    }

    fn order(n: u8) -> OrderId {
        OrderId(Uuid::from_u128(n.into()))
    }

    /// `stock[n]` is what variant n has at each place.
    fn desk(stock: &[Vec<i64>]) -> Desk {
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
        Desk { shelves, ..Desk::default() }
    }

    /// Items at a place in orders of this state: counted from the orders, not from the stock.
    fn in_state(desk: &Desk, wanted: State, at: (VariantId, LocationId)) -> i64 {
        let orders = desk.orders.values().filter(|order| order.state == Some(wanted));
        orders.filter_map(|order| order.parts.get(&at)).sum()
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
        /// there, nothing is made, and the movements say how it came to be so.
        #[test]
        fn stock_always_agrees_with_the_orders(
            start in prop::collection::vec(prop::collection::vec(0_i64..8, PLACES as usize), 3),
            wants in prop::collection::vec(prop::collection::btree_map(0_u128..3, 1_i64..6, 1..3), 8),
            facts in prop::collection::vec((0_u8..8, fact()), 0..120),
        ) {
            let mut desk = desk(&start);
            for (n, fact) in facts {
                let wants: Wants = wants[usize::from(n)].iter().map(|(n, q)| (variant(*n), *q)).collect();
                let before = (desk.shelves.clone(), desk.orders.clone());
                if let Err(refusal) = desk.hear(order(n), fact, &wants) {
                    prop_assert_eq!(&before, &(desk.shelves.clone(), desk.orders.clone()), "{:?}", refusal);
                }
                for (n, places) in (0..).zip(&start) {
                    for (place, on_hand) in (0..).zip(places) {
                        let at = (variant(n), LocationId(Uuid::from_u128(place)));
                        let stock = desk.shelves[&at.0].at(at.1).unwrap().stock;
                        prop_assert_eq!(stock.reserved(), in_state(&desk, State::Held, at));
                        prop_assert_eq!(stock.on_hand() + in_state(&desk, State::Committed, at), *on_hand);
                        let moved = desk.movements.iter().map(|(_, movement)| movement);
                        let moved = moved.filter(|m| (m.variant_id, m.location_id) == at);
                        let sum = moved.fold((0, 0), |(on, re), m| (on + m.on_hand_delta, re + m.reserved_delta));
                        prop_assert_eq!((on_hand + sum.0, sum.1), (stock.on_hand(), stock.reserved()));
                    }
                }
            }
        }

        /// A fact that is heard twice does no more than once.
        #[test]
        fn a_fact_acts_once(facts in prop::collection::vec(fact(), 1..10)) {
            let wants: Wants = [(variant(0), 4)].into();
            let mut once = desk(&[vec![3, 2]]);
            let mut twice = once.clone();
            for fact in facts {
                let _ = once.hear(order(0), fact, &wants);
                let _ = twice.hear(order(0), fact, &wants);
                let _ = twice.hear(order(0), fact, &wants);
                prop_assert_eq!(&once.shelves, &twice.shelves);
                prop_assert_eq!(&once.orders, &twice.orders);
            }
        }
    }

    #[test]
    fn orders_that_come_together_are_served_one_after_the_other() {
        let mut desk = desk(&[vec![3, 0]]);
        let wants = Wants::from([(variant(0), 2)]);
        assert_eq!(desk.hear(order(1), Fact::Placed, &wants), Ok(Outcome::Moved));
        let short = Shortage { variant_id: variant(0), wanted: 2, left: 1 };
        assert_eq!(desk.hear(order(2), Fact::Placed, &wants), Ok(Outcome::Rejected(vec![short])));
        assert_eq!(desk.hear(order(1), Fact::Cancelled, &Wants::new()), Ok(Outcome::Moved));
        assert_eq!(desk.hear(order(3), Fact::Placed, &wants), Ok(Outcome::Moved));
        assert_eq!(desk.hear(order(4), Fact::Confirmed, &Wants::new()), Err(Refusal::Early));
    }

    #[test]
    fn money_that_comes_after_the_items_went_to_others_is_told_so_each_time() {
        let (mut desk, none) = (desk(&[vec![3, 0]]), Wants::new());
        let wants = Wants::from([(variant(0), 2)]);
        desk.hear(order(1), Fact::Placed, &wants).unwrap();
        desk.hear(order(1), Fact::TimeUp, &none).unwrap();
        desk.hear(order(2), Fact::Placed, &wants).unwrap();
        let short = Shortage { variant_id: variant(0), wanted: 2, left: 1 };
        assert_eq!(desk.hear(order(1), Fact::Confirmed, &none), Ok(Outcome::Rejected(vec![short])));
        assert_eq!(desk.hear(order(1), Fact::Confirmed, &none), Ok(Outcome::Rejected(vec![])));
        assert_eq!(desk.hear(order(1), Fact::Cancelled, &none), Ok(Outcome::Nothing));
    }
}
