use proptest::prelude::*;

use super::*;

const AMOUNT: i64 = 1000;

/// What can happen in the world around a payment.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// The provider tells us how it stands, maybe again.
    Report,
    CustomerPays,
    BankRefuses,
    /// The oldest call under way reaches the provider and its answer us.
    Answer,
    OrderCancelled,
    TimeUp,
    AdminRefunds(i64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => Just(Act::Report),
        2 => Just(Act::CustomerPays),
        1 => Just(Act::BankRefuses),
        3 => Just(Act::Answer),
        1 => Just(Act::OrderCancelled),
        1 => Just(Act::TimeUp),
        1 => (1..=AMOUNT + 1).prop_map(Act::AdminRefunds),
    ]
}

/// A provider that keeps honest books and takes money even after it was called off, as bank transfers do.
struct World {
    standing: Standing,
    said: Option<Said>,
    given_back: i64,
    calls: std::collections::VecDeque<Option<Call>>,
    told: Vec<Tell>,
    ledger: i64,
    cancelled: bool,
}

impl World {
    fn new() -> Self {
        let calls = [None].into();
        Self {
            standing: Standing::opening(AMOUNT),
            said: None,
            given_back: 0,
            calls,
            told: vec![],
            ledger: 0,
            cancelled: false,
        }
    }

    fn hear(&mut self, fact: &Fact) -> Result<(), Refusal> {
        let before = self.standing;
        let change = self.standing.apply(fact)?;
        self.standing = change.standing;
        self.calls.extend(change.call.map(Some));
        self.told.extend(change.tell);
        self.ledger += change.moved;
        // Money never un-happens.
        assert!(self.standing.captured >= before.captured && self.standing.refunded >= before.refunded);
        Ok(())
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Report => {
                if let Some(said) = self.said.clone() {
                    self.hear(&Fact::Provider(said)).unwrap();
                }
            }
            Act::CustomerPays => {
                if matches!(self.said, Some(Said::Pending(_) | Said::Voided)) {
                    self.said = Some(Said::Succeeded);
                }
            }
            Act::BankRefuses => {
                if matches!(self.said, Some(Said::Pending(_))) {
                    self.said = Some(Said::Failed("card_declined".into()));
                }
            }
            Act::Answer => self.answer(),
            Act::OrderCancelled => {
                self.cancelled = true;
                self.hear(&Fact::OrderCancelled).unwrap();
            }
            Act::TimeUp => self.hear(&Fact::TimeUp).unwrap(),
            Act::AdminRefunds(amount) => {
                let left = self.standing.refundable();
                let allowed = self.hear(&Fact::RefundAsked(amount)).is_ok();
                assert_eq!(allowed, self.standing.captured > 0 && amount <= left);
            }
        }
    }

    fn answer(&mut self) {
        match self.calls.pop_front() {
            None => {}
            Some(None) => {
                let said = self.said.get_or_insert(Said::Pending(NextAction::Wait)).clone();
                self.hear(&Fact::Provider(said)).unwrap();
            }
            Some(Some(Call::Void)) => {
                if matches!(self.said, Some(Said::Pending(_))) {
                    self.said = Some(Said::Voided);
                }
                let said = self.said.clone().unwrap();
                self.hear(&Fact::Provider(said)).unwrap();
            }
            Some(Some(Call::Refund(amount))) => {
                self.given_back += amount;
                self.hear(&Fact::RefundDone(amount)).unwrap();
            }
        }
    }

    /// Until nothing is under way any more.
    fn settle(&mut self) {
        while !self.calls.is_empty() {
            self.answer();
        }
        self.act(Act::Report);
        while !self.calls.is_empty() {
            self.answer();
        }
    }
}

proptest! {
    #[test]
    fn the_books_agree_with_the_provider_whatever_happens(acts in prop::collection::vec(act(), 0..40)) {
        let mut world = World::new();
        for act in acts {
            world.act(act);
            let s = world.standing;
            prop_assert!(s.captured == 0 || s.captured == AMOUNT);
            prop_assert!(s.refundable() >= 0 && s.refunding >= 0);
            prop_assert_eq!(world.ledger, s.captured - s.refunded);
            prop_assert_eq!(s.refunded, world.given_back);
        }
        world.settle();
        let s = world.standing;
        prop_assert_eq!(s.captured == AMOUNT, world.said == Some(Said::Succeeded));
        prop_assert_eq!(s.refunding, 0);
        if world.cancelled {
            prop_assert_eq!(world.ledger, 0, "money of a cancelled order was kept: {:?}", s);
            prop_assert!(!matches!(s.state, State::Opening | State::Pending | State::Succeeded), "{:?}", s);
        }
        // The order hears one verdict at most, and money is kept only when that was success.
        let verdicts: Vec<_> = world.told.iter().filter(|t| matches!(t, Tell::Succeeded | Tell::Failed | Tell::Expired)).collect();
        prop_assert!(verdicts.len() <= 1, "{:?}", verdicts);
        prop_assert!(world.ledger == 0 || verdicts == [&Tell::Succeeded], "{:?} kept after {:?}", world.ledger, verdicts);
        let back: i64 = world.told.iter().map(|t| if let Tell::Refunded(n) = t { *n } else { 0 }).sum();
        prop_assert_eq!(back, s.refunded);
    }
}

#[test]
fn what_is_paid_in_the_last_moment_is_kept() {
    let pending = Standing { state: State::Pending, ..Standing::opening(AMOUNT) };
    let expiring = pending.apply(&Fact::TimeUp).unwrap();
    assert_eq!(expiring.call, Some(Call::Void));
    let paid = expiring.standing.apply(&Fact::Provider(Said::Succeeded)).unwrap();
    assert_eq!((paid.standing.state, paid.tell), (State::Succeeded, Some(Tell::Succeeded)));
}

#[test]
fn money_that_arrives_after_the_end_goes_back_at_once() {
    for state in [State::Failed, State::Expired, State::Cancelled] {
        let ended = Standing { state, ..Standing::opening(AMOUNT) };
        let late = ended.apply(&Fact::Provider(Said::Succeeded)).unwrap();
        assert_eq!((late.call, late.tell), (Some(Call::Refund(AMOUNT)), None));
    }
}
