//! Payment's machine and order's joined by the events between them: whatever is paid, decided, called off and given back,
//! the order can hear all that payment tells, and both agree in the end on what came and what went back.

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
use warung_payment::domain::{Call, Capture, Decision, Fact, Payment, Said, Standing, State, Tell};

const TOTAL: i64 = 1000;

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
        contact: None,
        email: None,
        forget: false,
        note: None,
        carrier: None,
        tracking_number: None,
        cancel_reason: None,
        deadline_at: now,
        completed_at: None,
        created_at: now,
        updated_at: now,
    }
}

/// The payment of it.
fn opened(order: &Order, capture: Capture) -> Payment {
    let standing = Standing::opening(order.total(), capture);
    let of =
        Payment::of_order(PaymentId(Uuid::nil()), (order.id, order.user_id), order.total(), order.created_at);
    Payment { standing, ..of }
}

/// An event of payment on its way to order.
#[derive(Debug, Clone)]
enum News {
    Pending,
    Succeeded(PaymentSucceeded),
    Failed,
    Expired,
    Refunded(Money),
}

#[derive(Debug, Clone, Copy)]
enum Act {
    /// Any amount, at any time, as bank transfers come.
    CustomerPays(i64),
    CustomerAuthorizes(i64),
    /// The provider tells us how it stands.
    Report,
    /// The oldest call under way is answered.
    Answer,
    TimeUp,
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
        5 => Just(Act::Report),
        5 => Just(Act::Answer),
        1 => Just(Act::TimeUp),
        3 => decision.prop_map(Act::AdminDecides),
        2 => amount().prop_map(Act::AdminCaptures),
        1 => amount().prop_map(Act::AdminRefunds),
        1 => end.prop_map(Act::OrderEnds),
        4 => Just(Act::OrderHears),
        3 => Just(Act::PaymentHears),
    ]
}

struct World {
    order: Order,
    payment: Payment,
    /// How it stands at the provider.
    said: Said,
    /// Calls under way; none is the opening.
    calls: VecDeque<Option<Call>>,
    to_order: VecDeque<News>,
    /// The end of the order, once, on its way to payment.
    to_payment: bool,
}

impl World {
    fn new(capture: Capture) -> Self {
        let order = placed();
        let payment = opened(&order, capture);
        let said = Said::Pending(NextAction::Wait);
        Self { order, payment, said, calls: [None].into(), to_order: VecDeque::new(), to_payment: false }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::CustomerPays(amount) if matches!(self.said, Said::Pending(_) | Said::Voided) => {
                self.said = Said::Captured(idr(amount));
            }
            Act::CustomerAuthorizes(amount) if matches!(self.said, Said::Pending(_)) => {
                self.said = Said::Authorized(idr(amount));
            }
            Act::CustomerPays(_) | Act::CustomerAuthorizes(_) => {}
            Act::Report => self.tell(&Fact::Provider(self.said.clone())),
            Act::Answer => self.answer(),
            Act::TimeUp => self.tell(&Fact::TimeUp),
            Act::AdminDecides(decision) => {
                let captured = self.payment.standing.held.is_some_and(|held| held.captured);
                if self.tell_maybe(&Fact::Released(decision)) && decision == Decision::Settled && captured {
                    self.said = Said::Voided;
                }
            }
            Act::AdminCaptures(amount) => {
                self.tell_maybe(&Fact::CaptureAsked(amount));
            }
            Act::AdminRefunds(amount) => {
                self.tell_maybe(&Fact::RefundAsked { amount, answers: 0 });
            }
            Act::OrderEnds(fact) => self.order_hears(fact, Detail::None),
            Act::OrderHears => {
                if let Some(news) = self.to_order.pop_front() {
                    self.deliver(news);
                }
            }
            Act::PaymentHears => {
                if std::mem::take(&mut self.to_payment) {
                    self.tell(&Fact::OrderCancelled);
                }
            }
        }
    }

    fn answer(&mut self) {
        let Some(call) = self.calls.pop_front() else { return };
        match call {
            Some(Call::Refund(amount)) => return self.tell(&Fact::RefundDone(amount)),
            Some(Call::Capture(amount)) if matches!(self.said, Said::Authorized(_)) => {
                self.said = Said::Captured(idr(amount));
            }
            Some(Call::Void) if matches!(self.said, Said::Pending(_) | Said::Authorized(_)) => {
                self.said = Said::Voided;
            }
            _ => {}
        }
        self.tell(&Fact::Provider(self.said.clone()));
    }

    fn tell(&mut self, fact: &Fact) {
        assert!(self.tell_maybe(fact), "{fact:?}: {:?}", self.payment.standing);
    }

    /// Lets payment hear of something; says whether it may be.
    fn tell_maybe(&mut self, fact: &Fact) -> bool {
        let Ok(change) = self.payment.standing.apply(fact) else { return false };
        self.payment.standing = change.standing;
        self.calls.extend(change.call.map(Some));
        self.to_order.extend(change.tell.and_then(|tell| match tell {
            Tell::Pending | Tell::Authorized => Some(News::Pending),
            Tell::Succeeded => Some(News::Succeeded(self.payment.succeeded())),
            Tell::Failed => Some(News::Failed),
            Tell::Expired => Some(News::Expired),
            Tell::Refunded(amount) => Some(News::Refunded(idr(amount))),
            Tell::RefundFailed(_) => None,
        }));
        true
    }

    /// What payment tells is never refused.
    fn deliver(&mut self, news: News) {
        match news {
            News::Refunded(amount) => self.order.gave_back(amount).unwrap(),
            News::Pending => self.order_hears(order::Fact::PaymentPending, Detail::None),
            News::Succeeded(event) => self.order_hears(order::Fact::PaymentSucceeded, Detail::from(&event)),
            News::Failed => self.order_hears(order::Fact::PaymentFailed, Detail::None),
            News::Expired => self.order_hears(order::Fact::PaymentExpired, Detail::None),
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
            while !self.calls.is_empty() {
                self.answer();
            }
            self.act(Act::Report);
            if self.payment.standing.held.is_some() {
                self.act(Act::AdminDecides(Decision::Return));
            }
            while !self.to_order.is_empty() {
                self.act(Act::OrderHears);
            }
            self.act(Act::PaymentHears);
        }
    }

    fn judge(&self) {
        let (standing, order) = (&self.payment.standing, &self.order);
        let context = || format!("{standing:?}, order {} {:?} {:?}", order.state, order.paid, order.refunded);
        assert_eq!(order.refunded, idr(standing.went_back()), "{}", context());
        if order.cancel_reason.is_some() {
            assert_eq!(standing.captured, standing.went_back(), "{}", context());
        }
        if order.state == order::State::Confirmed {
            assert_eq!(order.paid, Some(idr(standing.captured)), "{}", context());
            assert!(matches!(standing.state, State::Succeeded | State::Refunded), "{}", context());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn an_order_hears_all_that_its_payment_tells_and_they_agree(
        manual in any::<bool>(),
        acts in prop::collection::vec(act(), 0..50),
    ) {
        let mut world = World::new(if manual { Capture::Manual } else { Capture::Automatic });
        for act in acts {
            world.act(act);
        }
        world.settle();
        world.judge();
    }
}
