use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;

mod tries;

const AMOUNT: i64 = 1000;

fn idr(minor: i64) -> Money {
    Money::new(minor, "IDR".parse().unwrap())
}

fn opening(capture: Capture) -> Standing {
    Standing::opening(idr(AMOUNT), capture)
}

/// What can happen in the world around a payment.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// The provider tells us how it stands, maybe again.
    Report,
    /// The customer pays: at once, with approval first, or with a sum of their own choice.
    CustomerPays,
    CustomerApproves,
    CustomerAuthorizes,
    CustomerPaysOther(Money),
    BankRefuses,
    AuthorizationLapses,
    /// The oldest call under way reaches the provider and its answer us; a refusal where it can be one.
    Answer,
    Refuse,
    OrderCancelled,
    TimeUp,
    AdminCaptures(i64),
    AdminVoids,
    AdminRefunds(i64),
    /// The refund that was refused first is asked for again, or paid back outside.
    AdminAsksAgain,
    AdminPaysBack,
    /// Paid back outside, and nobody was refused it.
    AdminGives(i64),
    AdminDecides(Decision),
    /// The customer's bank takes so much back, in all, and decides: for the shop it gives it back.
    BankTakesBack(i64),
    BankGivesBack,
}

fn act() -> impl Strategy<Value = Act> {
    let other = prop_oneof![(1..=2 * AMOUNT).prop_map(idr), Just(Money::new(AMOUNT, "USD".parse().unwrap()))];
    let decision = prop_oneof![Just(Decision::Accept), Just(Decision::Return), Just(Decision::Settled)];
    prop_oneof![
        4 => Just(Act::Report),
        2 => Just(Act::CustomerPays),
        2 => Just(Act::CustomerApproves),
        2 => Just(Act::CustomerAuthorizes),
        1 => other.prop_map(Act::CustomerPaysOther),
        1 => Just(Act::BankRefuses),
        1 => Just(Act::AuthorizationLapses),
        6 => Just(Act::Answer),
        1 => Just(Act::Refuse),
        1 => Just(Act::OrderCancelled),
        1 => Just(Act::TimeUp),
        2 => (0..=AMOUNT + 1).prop_map(Act::AdminCaptures),
        1 => Just(Act::AdminVoids),
        2 => (1..=AMOUNT + 1).prop_map(Act::AdminRefunds),
        1 => Just(Act::AdminAsksAgain),
        1 => Just(Act::AdminPaysBack),
        1 => (1..=AMOUNT + 1).prop_map(Act::AdminGives),
        2 => decision.prop_map(Act::AdminDecides),
        1 => (1..=AMOUNT + 1).prop_map(Act::BankTakesBack),
        1 => Just(Act::BankGivesBack),
    ]
}

/// A provider that keeps honest books and takes money even after it was called off, as bank transfers do.
struct World {
    standing: Standing,
    /// How it stands at the provider.
    said: Option<Said>,
    given_back: i64,
    /// Refunds that were refused, and that nothing answered.
    refused: VecDeque<i64>,
    /// What the shop paid back itself.
    outside: i64,
    /// What the customer's bank has.
    bank: i64,
    /// Calls under way; none is the opening.
    calls: VecDeque<Option<Call>>,
    told: Vec<Tell>,
    ledger: i64,
    cancelled: bool,
    captures: usize,
    /// Put right at the provider, by hand.
    settled: bool,
}

impl World {
    fn new(capture: Capture) -> Self {
        Self {
            standing: opening(capture),
            said: None,
            given_back: 0,
            refused: VecDeque::new(),
            outside: 0,
            bank: 0,
            calls: [None].into(),
            told: vec![],
            ledger: 0,
            cancelled: false,
            captures: 0,
            settled: false,
        }
    }

    fn hear(&mut self, fact: &Fact) -> Result<(), Refusal> {
        let before = self.standing;
        let change = self.standing.apply(fact)?;
        let after = change.standing;
        // Nobody decides to give back what the bank has taken.
        let asked =
            matches!(fact, Fact::RefundAsked { .. } | Fact::RefundedOffline { .. } | Fact::OrderCancelled);
        assert!(!asked || after.twice() <= before.twice(), "{fact:?}: {before:?} to {after:?}");
        self.standing = after;
        self.calls.extend(change.call.map(Some));
        self.told.extend(change.tell);
        self.ledger += change.moved;
        // Money never un-happens, and no end but late money is left again.
        assert!(after.captured >= before.captured && after.went_back() >= before.went_back());
        assert!(before.state.is_open() || !after.state.is_open(), "{before:?} to {after:?}");
        // Of the calls that open, set aside, capture and call off, one at most is under way.
        let single = self.calls.iter().filter(|call| !matches!(call, Some(Call::Refund(_)))).count();
        assert!(single <= 1, "{:?} after {fact:?}: {before:?} to {after:?}", self.calls);
        Ok(())
    }

    fn provider(&mut self, from: fn(&Said) -> bool, to: Said) {
        if self.said.as_ref().is_some_and(from) {
            self.said = Some(to);
        }
    }

    fn act(&mut self, act: Act) {
        let waits = |said: &Said| matches!(said, Said::Pending(_));
        let unpaid = |said: &Said| matches!(said, Said::Pending(_) | Said::Voided);
        match act {
            Act::Report => {
                if let Some(said) = self.said.clone() {
                    self.hear(&Fact::Provider(said)).unwrap();
                }
            }
            Act::CustomerPays => self.provider(unpaid, Said::Captured(idr(AMOUNT))),
            Act::CustomerPaysOther(amount) => self.provider(unpaid, Said::Captured(amount)),
            Act::CustomerApproves => self.provider(waits, Said::Approved),
            Act::CustomerAuthorizes => self.provider(waits, Said::Authorized(idr(AMOUNT))),
            Act::BankRefuses => self.provider(waits, Said::Failed("card_declined".into())),
            Act::AuthorizationLapses => {
                self.provider(|said| matches!(said, Said::Authorized(_) | Said::Approved), Said::Voided);
            }
            Act::Answer => self.answer(false),
            Act::Refuse => self.answer(true),
            Act::OrderCancelled => {
                self.cancelled = true;
                self.hear(&Fact::OrderCancelled).unwrap();
            }
            Act::TimeUp => self.hear(&Fact::TimeUp).unwrap(),
            Act::AdminCaptures(amount) => {
                let s = self.standing;
                let free = s.capturing == 0 && s.closing.is_none() && s.held.is_none();
                let may = s.state == State::Authorized && free && (1..=s.authorized).contains(&amount);
                assert_eq!(self.hear(&Fact::CaptureAsked(amount)).is_ok(), may, "{s:?}");
            }
            Act::AdminVoids => drop(self.hear(&Fact::VoidAsked)),
            Act::AdminDecides(decision) => {
                let held = self.standing.held;
                let done = self.hear(&Fact::Released(decision)).is_ok();
                assert!(!done || held.is_some());
                if done && decision == Decision::Settled && held.is_some_and(|held| held.captured) {
                    self.settled = true;
                    self.said = Some(Said::Voided);
                }
            }
            Act::BankTakesBack(amount) if self.standing.captured > 0 => self.bank_has(amount),
            Act::BankTakesBack(_) => {}
            Act::BankGivesBack => {
                if self.bank > 0 {
                    self.bank_has(0);
                }
            }
            Act::AdminRefunds(amount) => {
                let left = self.standing.refundable();
                let allowed = self.hear(&Fact::RefundAsked { amount, answers: 0 }).is_ok();
                assert_eq!(allowed, self.standing.captured > 0 && amount <= left);
            }
            Act::AdminAsksAgain => {
                let Some(answers) = self.refused.front().copied() else { return };
                if self.hear(&Fact::RefundAsked { amount: answers, answers }).is_ok() {
                    self.refused.pop_front();
                }
            }
            Act::AdminPaysBack => {
                if let Some(answers) = self.refused.front().copied()
                    && self.pay_back(answers, answers)
                {
                    self.refused.pop_front();
                }
            }
            Act::AdminGives(amount) => {
                let left = self.standing.refundable();
                assert_eq!(self.pay_back(amount, 0), self.standing.captured > 0 && amount <= left);
            }
        }
    }

    /// What the shop has of it, without what the customer's bank took.
    fn kept(&self) -> i64 {
        (self.ledger - self.bank).max(0)
    }

    fn bank_has(&mut self, amount: i64) {
        self.bank = amount;
        let ledger = self.ledger;
        self.hear(&Fact::ChargedBack(amount)).unwrap();
        assert_eq!(self.ledger, ledger, "it is booked by its dispute");
    }

    fn pay_back(&mut self, amount: i64, answers: i64) -> bool {
        let calls = self.calls.len();
        let booked = self.hear(&Fact::RefundedOffline { amount, answers }).is_ok();
        assert_eq!(self.calls.len(), calls, "the provider is not asked");
        self.outside += if booked { amount } else { 0 };
        booked
    }

    fn answer(&mut self, refuse: bool) {
        let Some(call) = self.calls.pop_front() else { return };
        let pending = Said::Pending(NextAction::Wait);
        match call {
            None => drop(self.said.get_or_insert(pending)),
            Some(Call::Authorize) => {
                self.provider(|said| *said == Said::Approved, Said::Authorized(idr(AMOUNT)));
            }
            Some(Call::Capture(_)) if refuse && !matches!(self.said, Some(Said::Captured(_))) => {
                return self.hear(&Fact::CaptureRefused("no".into())).unwrap();
            }
            Some(Call::Capture(amount)) => {
                if matches!(self.said, Some(Said::Approved | Said::Authorized(_))) {
                    self.captures += 1;
                    self.said = Some(Said::Captured(idr(amount)));
                }
            }
            Some(Call::Void) => self.provider(
                |said| matches!(said, Said::Pending(_) | Said::Approved | Said::Authorized(_)),
                Said::Voided,
            ),
            Some(Call::Refund(amount)) if refuse => {
                self.refused.push_back(amount);
                return self.hear(&Fact::RefundRefused(amount)).unwrap();
            }
            Some(Call::Refund(amount)) => {
                self.given_back += amount;
                return self.hear(&Fact::RefundDone(amount)).unwrap();
            }
        }
        let said = self.said.clone().unwrap();
        self.hear(&Fact::Provider(said)).unwrap();
    }

    /// Until nothing is under way any more, a person has decided, and what was refused has been asked for again.
    fn settle(&mut self) {
        for _ in 0..4 {
            while !self.calls.is_empty() {
                self.answer(false);
            }
            self.act(Act::Report);
            if self.standing.held.is_some() && self.hear(&Fact::Released(Decision::Return)).is_err() {
                self.act(Act::AdminDecides(Decision::Settled));
            }
            // Whoever was refused is paid outside; what went back another way since is owed to nobody.
            while let Some(answers) = self.refused.pop_front() {
                let amount = answers.min(self.standing.refundable());
                if amount > 0 {
                    assert!(self.pay_back(amount, answers));
                }
            }
            let left = self.standing.refundable();
            if self.cancelled && left > 0 {
                self.hear(&Fact::RefundAsked { amount: left, answers: 0 }).unwrap();
            }
        }
        assert!(self.calls.is_empty());
    }

    fn look(&self) {
        let s = self.standing;
        assert!(s.refundable() >= 0 && s.refunding >= 0 && s.capturing >= 0, "{s:?}");
        assert_eq!(self.ledger, s.captured - s.went_back());
        assert_eq!(s.charged_back, self.bank);
        // What went back twice is seen, to the minor unit, and nothing else is called so.
        let refunds = s.refunding + s.went_back();
        assert_eq!(s.twice(), (refunds + self.bank - s.captured).clamp(0, refunds), "{s:?}");
        assert_eq!((s.refunded, s.offline), (self.given_back, self.outside));
        // No refusal is lost from the books, whatever else goes back meanwhile.
        assert_eq!(s.owed(), self.refused.iter().sum::<i64>().min(s.refundable()), "{s:?}");
        assert!(self.captures <= 1);
        if s.captured > 0 {
            assert_eq!(self.said, Some(Said::Captured(idr(s.captured))), "{s:?}");
        }
    }

    fn judge(&self) {
        let s = self.standing;
        assert_eq!((s.refunding, s.owed(), s.held), (0, 0, None), "{s:?}");
        assert!(s.captured > 0 || self.settled || !matches!(self.said, Some(Said::Captured(_))), "{s:?}");
        if self.cancelled {
            assert_eq!(self.kept(), 0, "money of a cancelled order was kept: {s:?}");
            assert!(!s.state.is_open() && (s.state != State::Succeeded || self.bank > 0), "{s:?}");
        }
        // The order hears one verdict at most, and money is kept only when that was success.
        let verdicts: Vec<_> = self
            .told
            .iter()
            .filter(|tell| matches!(tell, Tell::Succeeded | Tell::Failed | Tell::Expired))
            .collect();
        assert!(verdicts.len() <= 1, "{verdicts:?}");
        assert!(self.kept() == 0 || verdicts == [&Tell::Succeeded], "{verdicts:?} {s:?}");
        let back: i64 = self.told.iter().map(|t| if let Tell::Refunded(n) = t { *n } else { 0 }).sum();
        assert_eq!(back, s.went_back());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn the_books_agree_with_the_provider_whatever_happens(
        manual in any::<bool>(),
        acts in prop::collection::vec(act(), 0..60),
    ) {
        let mut world = World::new(if manual { Capture::Manual } else { Capture::Automatic });
        for act in acts {
            world.act(act);
            world.look();
        }
        world.settle();
        world.look();
        world.judge();
    }
}

#[test]
fn what_is_paid_in_the_last_moment_is_kept() {
    let pending = Standing { state: State::Pending, ..opening(Capture::Automatic) };
    let expiring = pending.apply(&Fact::TimeUp).unwrap();
    assert_eq!(expiring.call, Some(Call::Void));
    let paid = expiring.standing.apply(&Fact::Provider(Said::Captured(idr(AMOUNT)))).unwrap();
    assert_eq!((paid.standing.state, paid.tell), (State::Succeeded, Some(Tell::Succeeded)));
}

#[test]
fn what_costs_nothing_is_settled_without_a_call() {
    let free = Standing::opening(idr(0), Capture::Automatic).apply(&Fact::NothingToPay).unwrap();
    assert_eq!((free.standing.state, free.tell), (State::Succeeded, Some(Tell::Succeeded)));
    assert_eq!((free.call, free.moved), (None, 0));
    for fact in [Fact::NothingToPay, Fact::OrderCancelled, Fact::TimeUp] {
        let after = free.standing.apply(&fact).unwrap();
        assert_eq!((after.standing.state, after.call, after.tell), (State::Succeeded, None, None));
    }
    assert_eq!(
        free.standing.apply(&Fact::RefundAsked { amount: 1, answers: 0 }),
        Err(Refusal::TooMuch { most: idr(0) })
    );
    // What costs something is never settled so.
    let opening = opening(Capture::Automatic);
    assert_eq!(opening.apply(&Fact::NothingToPay).unwrap().standing, opening);
}

#[test]
fn money_that_arrives_after_the_end_goes_back_at_once() {
    for state in [State::Failed, State::Expired, State::Cancelled] {
        let ended = Standing { state, ..opening(Capture::Automatic) };
        let late = ended.apply(&Fact::Provider(Said::Captured(idr(AMOUNT)))).unwrap();
        assert_eq!((late.call, late.tell), (Some(Call::Refund(AMOUNT)), None));
        // As much as came, not as much as was asked.
        let other = ended.apply(&Fact::Provider(Said::Captured(idr(7)))).unwrap();
        assert_eq!((other.call, other.moved), (Some(Call::Refund(7)), 7));
    }
}

#[test]
fn another_amount_or_currency_is_held_and_never_accepted_silently() {
    for (capture, said) in [
        (Capture::Automatic, Said::Captured(idr(AMOUNT - 1))),
        (Capture::Automatic, Said::Captured(idr(AMOUNT + 1))),
        (Capture::Automatic, Said::Captured(Money::new(AMOUNT, "USD".parse().unwrap()))),
        (Capture::Manual, Said::Authorized(idr(AMOUNT - 1))),
    ] {
        let held = opening(capture).apply(&Fact::Provider(said)).unwrap();
        assert_eq!((held.tell, held.call, held.moved), (None, None, 0));
        assert_eq!(held.standing.state, State::Pending);
        assert!(held.standing.held.is_some());
        assert_eq!(held.standing.apply(&Fact::TimeUp).unwrap().call, None);
        assert_eq!(held.standing.apply(&Fact::CaptureAsked(1)), Err(Refusal::Held));
    }
}

#[test]
fn what_is_taken_in_part_is_taken_once() {
    let aside = opening(Capture::Manual).apply(&Fact::Provider(Said::Authorized(idr(AMOUNT)))).unwrap();
    assert_eq!(aside.tell, Some(Tell::Authorized));
    let asked = aside.standing.apply(&Fact::CaptureAsked(600)).unwrap();
    assert_eq!(asked.standing.apply(&Fact::CaptureAsked(400)), Err(Refusal::UnderWay));
    let taken = asked.standing.apply(&Fact::Provider(Said::Captured(idr(600)))).unwrap();
    assert_eq!((taken.standing.captured, taken.tell), (600, Some(Tell::Succeeded)));
    assert_eq!(
        taken.standing.apply(&Fact::RefundAsked { amount: 601, answers: 0 }),
        Err(Refusal::TooMuch { most: idr(600) })
    );
    let again = taken.standing.apply(&Fact::CaptureAsked(400));
    assert_eq!(again, Err(Refusal::NothingAuthorized(State::Succeeded)));
}

#[test]
fn a_refund_that_is_refused_leaves_the_ledger_and_is_owed_until_it_is_answered() {
    let paid = opening(Capture::Automatic).apply(&Fact::Provider(Said::Captured(idr(AMOUNT)))).unwrap();
    let asked = paid.standing.apply(&Fact::RefundAsked { amount: 400, answers: 0 }).unwrap();
    let refused = asked.standing.apply(&Fact::RefundRefused(400)).unwrap();
    assert_eq!((refused.moved, refused.tell), (0, Some(Tell::RefundFailed(400))));
    assert_eq!(refused.standing, Standing { refused: 400, ..paid.standing });
    // Another refund answers nobody; one that answers it does, and so does money paid outside.
    let other = refused.standing.apply(&Fact::RefundAsked { amount: 100, answers: 0 }).unwrap();
    assert_eq!(other.standing.owed(), 400);
    let again = refused.standing.apply(&Fact::RefundAsked { amount: 400, answers: 400 }).unwrap();
    assert_eq!((again.standing.owed(), again.call), (0, Some(Call::Refund(400))));
    let outside = refused.standing.apply(&Fact::RefundedOffline { amount: 400, answers: 400 }).unwrap();
    assert_eq!((outside.standing.owed(), outside.standing.offline, outside.call), (0, 400, None));
    assert_eq!((outside.moved, outside.tell), (-400, Some(Tell::Refunded(400))));
    let most = Err(Refusal::TooMuch { most: idr(600) });
    assert_eq!(outside.standing.apply(&Fact::RefundedOffline { amount: 601, answers: 0 }), most);
    let rest = outside.standing.apply(&Fact::RefundedOffline { amount: 600, answers: 0 }).unwrap();
    assert_eq!(rest.standing.state, State::Refunded);
}

#[test]
fn what_a_bank_took_does_not_go_back_again() {
    let paid =
        opening(Capture::Automatic).apply(&Fact::Provider(Said::Captured(idr(AMOUNT)))).unwrap().standing;
    let taken = paid.apply(&Fact::ChargedBack(700)).unwrap();
    assert_eq!((taken.call, taken.tell, taken.standing.state), (None, None, State::Succeeded));
    let wish = Fact::RefundAsked { amount: 301, answers: 0 };
    let refusal = Refusal::ChargedBack { most: idr(300), taken: idr(700) };
    assert_eq!(taken.standing.apply(&wish), Err(refusal));
    // Nor does its order's end send more back than is left; what the bank gives back later goes after it.
    let cancelled = taken.standing.apply(&Fact::OrderCancelled).unwrap();
    assert_eq!(cancelled.call, Some(Call::Refund(300)));
    let won = cancelled.standing.apply(&Fact::ChargedBack(0)).unwrap();
    assert_eq!(won.call, Some(Call::Refund(700)));
    assert_eq!((won.standing.refunding, won.standing.twice()), (AMOUNT, 0));
}

#[test]
fn a_refund_under_way_while_a_bank_takes_it_back_is_seen_until_one_of_them_is_not() {
    let paid =
        opening(Capture::Automatic).apply(&Fact::Provider(Said::Captured(idr(AMOUNT)))).unwrap().standing;
    let asked = paid.apply(&Fact::RefundAsked { amount: 400, answers: 0 }).unwrap().standing;
    let both = asked.apply(&Fact::ChargedBack(AMOUNT)).unwrap().standing;
    assert_eq!((both.twice(), both.refundable()), (400, 0));
    let refused = both.apply(&Fact::RefundRefused(400)).unwrap().standing;
    assert_eq!((refused.twice(), refused.owed()), (0, 0), "the bank has paid what was owed");
    let done = both.apply(&Fact::RefundDone(400)).unwrap().standing;
    assert_eq!(done.twice(), 400);
    let won = done.apply(&Fact::ChargedBack(0)).unwrap();
    assert_eq!((won.standing.twice(), won.call), (0, None));
}
