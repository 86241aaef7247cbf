//! Several tries of one order's payment, each at an honest provider that takes money even after it was called off.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use warung_contracts::{
    event::PaymentChoice,
    id::{OrderId, PaymentId, UserId},
};

use super::*;
use crate::domain::{Closing, Next, Payment, late};

const MAX: u32 = 4;
const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
const UNTIL: OffsetDateTime = NOW.saturating_add(Duration::minutes(30));

/// What can happen to an order's payment.
#[derive(Debug, Clone, Copy)]
enum Move {
    /// To one of the tries, counted from the latest.
    OfTry(usize, Act),
    CustomerTakesAnother,
    OrderCancelled,
    TimeRunsOut,
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        8 => (0..2_usize, act()).prop_map(|(back, act)| Move::OfTry(back, act)),
        3 => Just(Move::CustomerTakesAnother),
        1 => Just(Move::TimeRunsOut),
        1 => Just(Move::OrderCancelled),
    ]
}

/// A try, and the world around it.
struct Played {
    payment: Payment,
    world: World,
}

struct Tries {
    all: Vec<Played>,
    now: OffsetDateTime,
    cancelled: bool,
    /// What the order heard that is the end of waiting.
    verdicts: Vec<Tell>,
}

impl Tries {
    fn new(capture: Capture) -> Self {
        let (id, order) = (PaymentId(Uuid::from_u128(1)), (OrderId(Uuid::nil()), UserId(Uuid::nil())));
        let of = Payment::of_order(id, order, idr(AMOUNT), NOW);
        let payment = Payment { standing: opening(capture), retry_until: Some(UNTIL), ..of };
        let all = vec![Played { payment, world: World::new(capture) }];
        Self { all, now: NOW, cancelled: false, verdicts: vec![] }
    }

    /// Something happens to a try, as commands let it: the machine first, then what it means to the tries after.
    fn play(&mut self, place: usize, fact: &Fact, act: impl FnOnce(&mut World)) {
        let Played { payment, world } = &mut self.all[place];
        let (before, told) = (world.standing, world.told.len());
        act(world);
        payment.standing = world.standing;
        let next = Next { id: PaymentId(Uuid::nil()), tries_max: MAX, now: self.now };
        let verdict = |tell: &&Tell| matches!(tell, Tell::Succeeded | Tell::Failed | Tell::Expired);
        let tell = world.told[told..].iter().find(verdict).copied();
        // What was refused is no fact.
        let refused = fact.deed().is_some() && before == world.standing;
        let fact = if refused { &Fact::TimeUp } else { fact };
        let (tell, next) = payment.follow_up(&before, (fact, tell), next);
        let waits = payment.retry_until.is_some();
        if matches!(tell, Some(Tell::Succeeded))
            || (matches!(tell, Some(Tell::Failed | Tell::Expired)) && !waits)
        {
            self.verdicts.extend(tell);
        }
        self.open(next);
    }

    fn open(&mut self, next: Option<Payment>) {
        let played = |payment: Payment| Played { world: World::new(payment.standing.capture), payment };
        self.all.extend(next.map(played));
        assert!(self.all.iter().filter(|played| played.payment.standing.state.is_open()).count() <= 1);
        assert!(self.all.iter().filter(|played| played.payment.retry_until.is_some()).count() <= 1);
        assert!(self.all.len() <= MAX as usize);
    }

    fn act(&mut self, step: Move) {
        let latest = self.all.len() - 1;
        match step {
            // The order's end and the clock reach every try by moves of their own.
            Move::OfTry(_, Act::OrderCancelled | Act::TimeUp) => {}
            Move::OfTry(back, act) => {
                let place = latest.saturating_sub(back);
                if !matches!(act, Act::Report) || !self.pay_late(place) {
                    self.play(place, &meant(act), |world| world.act(act));
                }
            }
            Move::CustomerTakesAnother => self.take_another(latest),
            Move::OrderCancelled => self.cancel(),
            Move::TimeRunsOut => {
                self.now = UNTIL;
                self.run_out();
            }
        }
    }

    /// What is reported of an ended try pays the order where it still waits, and the others are called off: as `settle` does.
    fn pay_late(&mut self, place: usize) -> bool {
        let Some(Said::Captured(amount)) = self.all[place].world.said else { return false };
        for (n, played) in self.all.iter_mut().enumerate() {
            played.payment.id = PaymentId(Uuid::from_u128(n as u128));
        }
        let tries: Vec<Payment> = self.all.iter().map(|played| played.payment.clone()).collect();
        if !late::pays(&tries, tries[place].id, amount, self.now) {
            return false;
        }
        for other in (0..self.all.len()).filter(|other| *other != place) {
            self.play(other, &Fact::PaidByAnother, |world| world.act(Act::OrderCancelled));
        }
        self.play(place, &Fact::PaidLate, |world| world.hear(&Fact::PaidLate).unwrap());
        true
    }

    fn take_another(&mut self, latest: usize) {
        let payment = &mut self.all[latest].payment;
        if payment.check_another(MAX, self.now).is_err() {
            return;
        }
        let way = PaymentChoice::of("sandbox").into();
        if payment.standing.state.is_open() {
            payment.next = Some(way);
            return self.play(latest, &Fact::ReplaceAsked, |world| world.hear(&Fact::ReplaceAsked).unwrap());
        }
        let next = Next { id: PaymentId(Uuid::nil()), tries_max: MAX, now: self.now };
        let next = payment.follow(way, next);
        assert!(next.is_some());
        self.open(next);
    }

    fn cancel(&mut self) {
        self.cancelled = true;
        for place in 0..self.all.len() {
            self.play(place, &Fact::OrderCancelled, |world| world.act(Act::OrderCancelled));
        }
    }

    /// As the job that ends payments.
    fn run_out(&mut self) {
        for place in 0..self.all.len() {
            let payment = &mut self.all[place].payment;
            if payment.standing.state.is_open() {
                self.play(place, &Fact::TimeUp, |world| world.act(Act::TimeUp));
            } else if payment.retry_until.take_if(|until| *until <= self.now).is_some() {
                self.verdicts.push(Tell::Failed);
            }
        }
    }

    /// Until nothing is under way and the time has run out.
    fn settle(&mut self) {
        self.now = UNTIL;
        for _ in 0..3 {
            self.run_out();
            for place in 0..self.all.len() {
                self.play(place, &Fact::TimeUp, World::settle);
            }
        }
    }

    fn judge(&self) {
        let kept = |played: &&Played| played.world.kept() > 0;
        let states = || self.all.iter().map(|played| played.payment.standing).collect::<Vec<_>>();
        assert!(self.all.iter().filter(kept).count() <= 1, "{:?}", states());
        if self.cancelled || !self.verdicts.contains(&Tell::Succeeded) {
            assert_eq!(self.all.iter().map(|played| played.world.kept()).sum::<i64>(), 0, "{:?}", states());
        }
        // The order is told one end, and of every order that was not called off it is told.
        assert!(self.verdicts.len() <= 1, "{:?}: {:?}", self.verdicts, states());
        let open = self.all.iter().any(|played| played.payment.standing.state.is_open());
        assert!(self.cancelled || open || self.verdicts.len() == 1, "{:?}", states());
        for earlier in &self.all[..self.all.len() - 1] {
            assert!(earlier.payment.standing.closing != Some(Closing::Expire));
        }
    }
}

/// The fact that an act is to the tries after it.
fn meant(act: Act) -> Fact {
    match act {
        Act::AdminVoids => Fact::VoidAsked,
        Act::AdminDecides(decision) => Fact::Released(decision),
        _ => Fact::TimeUp,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn an_order_is_paid_once_however_often_it_is_tried(
        manual in any::<bool>(),
        steps in prop::collection::vec(moves(), 0..80),
    ) {
        let mut tries = Tries::new(if manual { Capture::Manual } else { Capture::Automatic });
        for step in steps {
            tries.act(step);
        }
        tries.settle();
        tries.judge();
    }
}

#[test]
fn late_money_of_the_first_pays_the_order_while_the_second_waits() {
    let mut tries = Tries::new(Capture::Automatic);
    for step in [
        Move::OfTry(0, Act::Answer),
        Move::CustomerTakesAnother,
        Move::OfTry(0, Act::Answer),
        Move::OfTry(0, Act::Answer),
        Move::OfTry(1, Act::CustomerPays),
        Move::OfTry(1, Act::Report),
        // Too late: it was called off.
        Move::OfTry(0, Act::CustomerPays),
        Move::OfTry(0, Act::Report),
    ] {
        tries.act(step);
    }
    tries.settle();
    tries.judge();
    let ledger = tries.all.iter().map(|played| played.world.ledger).collect::<Vec<_>>();
    assert_eq!((ledger, &tries.verdicts[..]), (vec![AMOUNT, 0], &[Tell::Succeeded][..]));
}

#[test]
fn late_money_of_the_first_goes_back_while_the_second_is_kept() {
    let mut tries = Tries::new(Capture::Automatic);
    for step in [
        Move::OfTry(0, Act::Answer),
        Move::CustomerTakesAnother,
        Move::OfTry(0, Act::Answer),
        Move::OfTry(0, Act::Answer),
        Move::OfTry(0, Act::CustomerPays),
        Move::OfTry(1, Act::CustomerPays),
        Move::OfTry(0, Act::Report),
        Move::OfTry(1, Act::Report),
    ] {
        tries.act(step);
    }
    assert_eq!(tries.all.len(), 2);
    tries.settle();
    tries.judge();
    assert_eq!(tries.all[1].world.ledger, AMOUNT);
    assert_eq!(tries.all[0].payment.standing.refunded, AMOUNT);
    assert!(tries.now - NOW == Duration::minutes(30));
}
