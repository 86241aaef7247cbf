//! Payment's machine and order's joined by the events between them: whatever is tried, paid, decided, called off and given
//! back, the order can hear all that payment tells, and both agree in the end on what came and what went back.

use std::collections::VecDeque;

use proptest::prelude::*;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use warung_contracts::{
    event::{NextAction, PaymentChoice, PaymentSucceeded, ShippingAddress, Totals},
    id::{OrderId, PaymentId, UserId},
    money::Money,
};
use warung_order::domain::{self as order, Detail, Order, Progress};
use warung_payment::domain::{Call, Capture, Decision, Fact, Next, Payment, Said, Standing, State, Tell};

const TOTAL: i64 = 1000;
/// How often an order's payment is tried at most.
const TRIES_MAX: u32 = 3;

fn idr(minor: i64) -> Money {
    Money::new(minor, "IDR".parse().unwrap())
}

/// An order that costs [`TOTAL`].
fn placed() -> Order {
    let (zero, total, now) = (idr(0), idr(TOTAL), OffsetDateTime::UNIX_EPOCH);
    Order {
        id: OrderId(Uuid::nil()),
        number: "KOPI-1".into(),
        user_id: UserId(Uuid::nil()),
        guest: None,
        state: order::State::Placed,
        lines: vec![],
        totals: Totals {
            subtotal: total,
            discount: zero,
            shipping: zero,
            shipping_discount: None,
            shipping_tax: zero,
            tax: zero,
            prices_include_tax: true,
            total,
        },
        coupons: vec![],
        shipping: None,
        paid: None,
        refunded: zero,
        payment: PaymentChoice::of("sandbox"),
        next_action: None,
        tries: order::Tries::default(),
        shipping_address: ShippingAddress {
            recipient: "Sari".into(),
            phone: None,
            line1: "Jl. Kopi 1".into(),
            line2: None,
            city: "Bandung".into(),
            province: None,
            postal_code: "40111".into(),
            country: "ID".into(),
        },
        address_version: 1,
        contact: None,
        email: None,
        forget: false,
        note: None,
        carrier: None,
        tracking_number: None,
        cancel_reason: None,
        dispute: None,
        held: vec![],
        deadline_at: now,
        completed_at: None,
        waiting_since: None,
        served_from: vec![],
        created_at: now,
        updated_at: now,
    }
}

/// The first try to pay it.
fn opened(order: &Order, capture: Capture) -> Payment {
    let standing = Standing::opening(order.total(), capture);
    let id = PaymentId(Uuid::from_u128(1));
    let of = Payment::of_order(id, (order.id, order.user_id), order.total(), order.created_at);
    Payment { standing, retry_until: Some(until()), ..of }
}

/// Until when the customer can take another way to pay.
fn until() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::minutes(30)
}

/// An event of payment on its way to order.
#[derive(Debug, Clone)]
enum News {
    Waits { attempt: u32, retry_until: Option<OffsetDateTime> },
    Succeeded(PaymentSucceeded),
    Failed { attempt: u32, retry_until: Option<OffsetDateTime> },
    Expired { attempt: u32 },
    Refunded { by: PaymentId, amount: Money },
}

impl News {
    /// What order is told of a try.
    fn of(payment: &Payment, tell: Tell) -> Option<Self> {
        let Payment { id: by, attempt, retry_until, .. } = *payment;
        Some(match tell {
            Tell::Pending | Tell::Authorized => Self::Waits { attempt, retry_until },
            Tell::Succeeded => Self::Succeeded(payment.succeeded()),
            Tell::Expired if retry_until.is_none() => Self::Expired { attempt },
            Tell::Failed | Tell::Expired => Self::Failed { attempt, retry_until },
            Tell::Refunded(amount) => Self::Refunded { by, amount: idr(amount) },
            Tell::RefundFailed(_) => return None,
        })
    }
}

#[derive(Debug, Clone, Copy)]
enum Act {
    /// Any amount, at any time, as bank transfers come.
    CustomerPays(i64),
    CustomerAuthorizes(i64),
    BankRefuses,
    /// The provider tells us how it stands.
    Report,
    /// The oldest call under way is answered.
    Answer,
    TimeUp,
    /// The customer takes another way to pay.
    CustomerChanges,
    AdminDecides(Decision),
    AdminCaptures(i64),
    AdminRefunds(i64),
    /// The order is called off, by its customer or its deadline.
    OrderEnds(order::Fact),
    OrderHears,
    PaymentHears,
}

fn act() -> impl Strategy<Value = Act> {
    // About as often what was asked as a unit less or more, or anything.
    let amount = || prop_oneof![3 => TOTAL - 1..=TOTAL + 1, 1 => 1..=2 * TOTAL];
    let decision = prop_oneof![Just(Decision::Accept), Just(Decision::Return), Just(Decision::Settled)];
    let end = prop_oneof![Just(order::Fact::CancelledByCustomer), Just(order::Fact::DeadlinePassed)];
    prop_oneof![
        3 => amount().prop_map(Act::CustomerPays),
        2 => amount().prop_map(Act::CustomerAuthorizes),
        1 => Just(Act::BankRefuses),
        5 => Just(Act::Report),
        5 => Just(Act::Answer),
        1 => Just(Act::TimeUp),
        3 => Just(Act::CustomerChanges),
        3 => decision.prop_map(Act::AdminDecides),
        2 => amount().prop_map(Act::AdminCaptures),
        1 => amount().prop_map(Act::AdminRefunds),
        1 => end.prop_map(Act::OrderEnds),
        4 => Just(Act::OrderHears),
        3 => Just(Act::PaymentHears),
    ]
}

/// A try to pay.
struct Tried {
    payment: Payment,
    /// How it stands at its provider.
    said: Said,
    /// Calls under way; none is the opening.
    calls: VecDeque<Option<Call>>,
}

impl Tried {
    fn new(payment: Payment) -> Self {
        Self { payment, said: Said::Pending(NextAction::Wait), calls: [None].into() }
    }
}

struct World {
    order: Order,
    /// In their order.
    tries: Vec<Tried>,
    to_order: VecDeque<News>,
    /// The end of the order, once, on its way to payment.
    to_payment: bool,
    now: OffsetDateTime,
}

impl World {
    fn new(capture: Capture) -> Self {
        let order = placed();
        let tries = vec![Tried::new(opened(&order, capture))];
        let now = order.created_at;
        Self { order, tries, to_order: VecDeque::new(), to_payment: false, now }
    }

    /// Something happens, to the latest try or to the one so many before it.
    fn act(&mut self, back: usize, act: Act) {
        let latest = self.tries.len() - 1;
        let place = latest.saturating_sub(back);
        let said = &mut self.tries[place].said;
        match act {
            Act::CustomerPays(amount) if matches!(said, Said::Pending(_) | Said::Voided) => {
                *said = Said::Captured(idr(amount));
            }
            Act::CustomerAuthorizes(amount) if matches!(said, Said::Pending(_)) => {
                *said = Said::Authorized(idr(amount));
            }
            Act::BankRefuses if matches!(said, Said::Pending(_)) => {
                *said = Said::Failed("card_declined".into())
            }
            Act::CustomerPays(_) | Act::CustomerAuthorizes(_) | Act::BankRefuses => {}
            Act::Report => {
                let said = said.clone();
                self.tell(place, &Fact::Provider(said));
            }
            Act::Answer => self.answer(place),
            Act::TimeUp => self.run_out(),
            Act::CustomerChanges => self.change(latest),
            Act::AdminDecides(decision) => {
                let captured = self.tries[place].payment.standing.held.is_some_and(|held| held.captured);
                let decided = self.tell_maybe(place, &Fact::Released(decision));
                if decided && decision == Decision::Settled && captured {
                    self.tries[place].said = Said::Voided;
                }
            }
            Act::AdminCaptures(amount) => {
                self.tell_maybe(latest, &Fact::CaptureAsked(amount));
            }
            Act::AdminRefunds(amount) => {
                self.tell_maybe(place, &Fact::RefundAsked { amount, answers: 0 });
            }
            Act::OrderEnds(fact) => self.order_hears(fact, Detail::None),
            Act::OrderHears => {
                if let Some(news) = self.to_order.pop_front() {
                    self.deliver(news);
                }
            }
            Act::PaymentHears => {
                if std::mem::take(&mut self.to_payment) {
                    (0..self.tries.len()).for_each(|place| self.tell(place, &Fact::OrderCancelled));
                }
            }
        }
    }

    fn answer(&mut self, place: usize) {
        let Tried { said, calls, .. } = &mut self.tries[place];
        let Some(call) = calls.pop_front() else { return };
        match call {
            Some(Call::Refund(amount)) => return self.tell(place, &Fact::RefundDone(amount)),
            Some(Call::Capture(amount)) if matches!(said, Said::Authorized(_)) => {
                *said = Said::Captured(idr(amount));
            }
            Some(Call::Void) if matches!(said, Said::Pending(_) | Said::Authorized(_)) => {
                *said = Said::Voided;
            }
            _ => {}
        }
        let said = said.clone();
        self.tell(place, &Fact::Provider(said));
    }

    /// As the job that ends payments.
    fn run_out(&mut self) {
        self.now = until();
        for place in 0..self.tries.len() {
            let payment = &mut self.tries[place].payment;
            if payment.standing.state.is_open() {
                self.tell(place, &Fact::TimeUp);
            } else if payment.retry_until.take().is_some() {
                self.to_order.extend(News::of(payment, Tell::Failed));
            }
        }
    }

    fn change(&mut self, latest: usize) {
        let next = self.next();
        let payment = &mut self.tries[latest].payment;
        if payment.check_another(TRIES_MAX, self.now).is_err() {
            return;
        }
        let way = PaymentChoice::of("sandbox").into();
        if payment.standing.state.is_open() {
            payment.next = Some(way);
            self.tell(latest, &Fact::ReplaceAsked);
        } else {
            let next = payment.follow(way, next);
            self.tries.extend(next.map(Tried::new));
        }
    }

    fn next(&self) -> Next {
        let number = u128::try_from(self.tries.len() + 1).unwrap();
        Next { id: PaymentId(Uuid::from_u128(number)), tries_max: TRIES_MAX, now: self.now }
    }

    fn tell(&mut self, place: usize, fact: &Fact) {
        assert!(self.tell_maybe(place, fact), "{fact:?}: {:?}", self.tries[place].payment.standing);
    }

    /// Lets a try hear of something; says whether it may be.
    fn tell_maybe(&mut self, place: usize, fact: &Fact) -> bool {
        let next = self.next();
        let Tried { payment, calls, .. } = &mut self.tries[place];
        let before = payment.standing;
        let Ok(change) = before.apply(fact) else { return false };
        payment.standing = change.standing;
        let (tell, next) = payment.follow_up(&before, (fact, change.tell), next);
        calls.extend(change.call.map(Some));
        self.to_order.extend(tell.and_then(|tell| News::of(payment, tell)));
        self.tries.extend(next.map(Tried::new));
        true
    }

    /// What payment tells is never refused.
    fn deliver(&mut self, news: News) {
        match news {
            News::Refunded { by, amount } => drop(self.order.gave_back(by, amount).unwrap()),
            News::Waits { attempt, retry_until } => {
                let (action, provider) = (NextAction::Wait, None);
                let detail = Detail::Waits { attempt, action, provider, retry_until };
                self.order_hears(order::Fact::PaymentPending, detail);
            }
            News::Succeeded(event) => self.order_hears(order::Fact::PaymentSucceeded, Detail::from(&event)),
            News::Failed { attempt, retry_until } => {
                let fact = match retry_until {
                    Some(_) => order::Fact::PaymentPending,
                    None => order::Fact::PaymentFailed,
                };
                let reason = "card_declined".to_owned();
                self.order_hears(fact, Detail::Failed { attempt, reason, retry_until });
            }
            News::Expired { attempt } => {
                self.order_hears(order::Fact::PaymentExpired, Detail::Expired { attempt });
            }
        }
    }

    fn order_hears(&mut self, fact: order::Fact, detail: Detail) {
        let now = self.order.updated_at + Duration::SECOND;
        let before = self.order.clone();
        match self.order.hear(fact, detail, now) {
            Ok(Progress::Left(_)) => self.to_payment |= self.order.cancel_reason.is_some(),
            Ok(_) => {}
            // An order that has ended can't be called off again.
            Err(misfit) => {
                assert_eq!(fact, order::Fact::CancelledByCustomer, "{misfit}: {before:?}");
                self.order = before;
            }
        }
    }

    /// Until nothing is on its way, and a person has decided what is held.
    fn settle(&mut self) {
        for _ in 0..8 {
            for back in 0..self.tries.len() {
                let place = self.tries.len() - 1 - back;
                while !self.tries[place].calls.is_empty() {
                    self.answer(place);
                }
            }
            for place in 0..self.tries.len() {
                let back = self.tries.len() - 1 - place;
                self.act(back, Act::Report);
                if self.tries[place].payment.standing.held.is_some() {
                    self.act(back, Act::AdminDecides(Decision::Return));
                }
            }
            while !self.to_order.is_empty() {
                self.act(0, Act::OrderHears);
            }
            self.act(0, Act::PaymentHears);
        }
    }

    fn judge(&self) {
        let order = &self.order;
        let tries: Vec<&Standing> = self.tries.iter().map(|tried| &tried.payment.standing).collect();
        let context = || format!("{tries:?}, order {} {:?} {:?}", order.state, order.paid, order.refunded);
        let counted = self.tries.iter().find(|tried| Some(tried.payment.id) == order.tries.paid_by);
        let went_back = counted.map_or(0, |tried| tried.payment.standing.went_back());
        assert_eq!(order.refunded, idr(went_back), "{}", context());
        assert!(counted.is_some() || tries.iter().all(|standing| standing.went_back() == 0), "{}", context());
        let kept = tries.iter().filter(|standing| standing.captured > standing.went_back()).count();
        assert!(kept <= usize::from(order.cancel_reason.is_none()), "{}", context());
        if order.state == order::State::Confirmed {
            let paid_by = |tried: &&Tried| Some(tried.payment.id) == order.tries.paid_by;
            let paid = self.tries.iter().find(paid_by).unwrap().payment.standing;
            assert_eq!(order.paid, Some(idr(paid.captured)), "{}", context());
            assert_eq!(order.refunded, idr(paid.went_back()), "{}", context());
            assert!(matches!(paid.state, State::Succeeded | State::Refunded), "{}", context());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn an_order_hears_all_that_its_payment_tells_and_they_agree(
        manual in any::<bool>(),
        acts in prop::collection::vec((0..2_usize, act()), 0..60),
    ) {
        let mut world = World::new(if manual { Capture::Manual } else { Capture::Automatic });
        for (back, act) in acts {
            world.act(back, act);
        }
        world.settle();
        world.judge();
    }
}
