//! Another try of an order's payment: when it may begin, and what it begins with.
//!
//! One try of an order at a time holds the time until which another may follow (`retry_until`), and hands it on. So nothing
//! follows a try that was paid, an order that ended, or a try that another has followed.

use time::OffsetDateTime;
use warung_contracts::id::PaymentId;

use super::{Closing, Fact, Payment, Standing, State, Tell, Way};

/// Why no other way to pay can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoOther {
    #[error("it is paid, or the money is set aside")]
    Paid,
    #[error("its order has ended, or the shop has called it off")]
    Ended,
    #[error("the time to pay is over")]
    Late,
    #[error("it was tried as often as can be")]
    UsedUp,
    #[error("the provider reports an amount that nobody asked for; the shop has to decide first")]
    Held,
    #[error("its provider is being asked; wait for the answer")]
    UnderWay,
}

/// What a next try is made with.
#[derive(Debug, Clone, Copy)]
pub struct Next {
    pub id: PaymentId,
    /// How often an order's payment is tried at most.
    pub tries_max: u32,
    pub now: OffsetDateTime,
}

impl Payment {
    /// Whether the customer can take another way to pay now; an order's payment is tried so often at most.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check_another(&self, tries_max: u32, now: OffsetDateTime) -> Result<(), NoOther> {
        let Standing { state, closing, capturing, held, .. } = self.standing;
        let asked = state.is_open() && (closing.is_some() || capturing > 0);
        match (state, self.retry_until) {
            _ if held.is_some() => Err(NoOther::Held),
            (State::Opening | State::Approved, Some(_)) => Err(NoOther::UnderWay),
            (_, Some(_)) if asked => Err(NoOther::UnderWay),
            (State::Authorized, _) => Err(NoOther::Paid),
            (_, Some(until)) if now < until => Ok(()),
            (_, Some(_)) | (State::Expired, None) => Err(NoOther::Late),
            (State::Succeeded | State::Refunded, None) if closing.is_none() => Err(NoOther::Paid),
            (_, None) if self.attempt >= tries_max => Err(NoOther::UsedUp),
            (_, None) => Err(NoOther::Ended),
        }
    }

    /// The try that follows this one by another way, until the same time. None where none can follow any more.
    pub fn follow(&mut self, way: Way, next: Next) -> Option<Self> {
        let until = self.retry_until.take().filter(|until| next.now < *until)?;
        let attempt = self.attempt + 1;
        let of = Self::of_order(next.id, (self.order_id, self.user_id), self.amount, next.now);
        let next = Self {
            attempt,
            order_number: self.order_number.clone(),
            order_token_hash: self.order_token_hash.clone(),
            revenue: self.revenue,
            standing: Standing::opening(self.amount, self.standing.capture),
            expires_at: until,
            retry_until: Some(until).filter(|_| attempt < next.tries_max),
            ..of
        };
        Some(next.paid_by(way))
    }

    /// What a fact that was just applied means to the tries after it: whether another may still follow, what is told of this
    /// one, and the next one, where this one was called off for it.
    pub fn follow_up(
        &mut self,
        before: &Standing,
        (fact, tell): (&Fact, Option<Tell>),
        next: Next,
    ) -> (Option<Tell>, Option<Self>) {
        if self.standing.closing != Some(Closing::Replace) || self.standing.held.is_some() {
            self.next = None;
        }
        let over = matches!(tell, Some(Tell::Failed | Tell::Expired))
            && self.retry_until.is_some_and(|until| until <= next.now);
        if fact.ends_tries() || over || tell == Some(Tell::Succeeded) {
            self.retry_until = None;
        }
        if before.gives_way() || !self.standing.gives_way() {
            return (tell, None);
        }
        let way = self.next.take();
        match way.and_then(|way| self.follow(way, next)) {
            Some(next) => (tell, Some(next)),
            None => {
                self.retry_until = None;
                (Some(Tell::Expired), None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use uuid::Uuid;
    use warung_contracts::{
        event::PaymentChoice,
        id::{OrderId, UserId},
        money::Money,
    };

    use super::*;
    use crate::domain::{Capture, Held, Said};

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
    const MAX: u32 = 3;

    fn idr(minor: i64) -> Money {
        Money::new(minor, "IDR".parse().unwrap())
    }

    fn payment(state: State) -> Payment {
        let of = Payment::of_order(
            PaymentId(Uuid::nil()),
            (OrderId(Uuid::nil()), UserId(Uuid::nil())),
            idr(9),
            NOW,
        );
        let standing = Standing { state, ..Standing::opening(idr(9), Capture::Automatic) };
        Payment { standing, retry_until: Some(NOW + Duration::MINUTE), ..of }
    }

    fn way() -> Way {
        PaymentChoice { token: Some("tok".into()), ..PaymentChoice::of("sandbox") }.into()
    }

    #[test]
    fn who_may_take_another_way_waits_or_was_refused() {
        let check = |payment: &Payment| payment.check_another(MAX, NOW);
        for state in [State::Pending, State::Failed, State::Cancelled] {
            assert_eq!(check(&payment(state)), Ok(()), "{state}");
            let last = Payment { retry_until: None, ..payment(state) };
            assert_eq!(check(&last), Err(NoOther::Ended), "{state}");
            assert_eq!(check(&Payment { attempt: MAX, ..last }), Err(NoOther::UsedUp), "{state}");
            assert_eq!(
                payment(state).check_another(MAX, NOW + Duration::MINUTE),
                Err(NoOther::Late),
                "{state}"
            );
        }
        for state in [State::Opening, State::Approved] {
            assert_eq!(check(&payment(state)), Err(NoOther::UnderWay), "{state}");
        }
        assert_eq!(check(&payment(State::Authorized)), Err(NoOther::Paid));
        assert_eq!(check(&Payment { retry_until: None, ..payment(State::Succeeded) }), Err(NoOther::Paid));
        assert_eq!(check(&Payment { retry_until: None, ..payment(State::Expired) }), Err(NoOther::Late));
        let mut held = payment(State::Pending);
        held.standing.held = Some(Held { amount: idr(8), captured: true });
        assert_eq!(check(&held), Err(NoOther::Held));
    }

    #[test]
    fn one_change_at_a_time() {
        let mut changing = payment(State::Pending);
        changing.standing = changing.standing.apply(&Fact::ReplaceAsked).unwrap().standing;
        assert_eq!(changing.standing.closing, Some(Closing::Replace));
        assert_eq!(changing.check_another(MAX, NOW), Err(NoOther::UnderWay));
        let paid = changing.standing.apply(&Fact::Provider(Said::Captured(idr(9)))).unwrap().standing;
        assert_eq!((paid.state, paid.closing), (State::Succeeded, None));
        let gone = changing.standing.apply(&Fact::Provider(Said::Voided)).unwrap();
        assert!(gone.standing.gives_way() && gone.tell.is_none());
    }

    #[test]
    fn the_next_try_has_the_same_amount_and_no_more_time() {
        let mut first = Payment {
            order_number: Some("KOPI-1".into()),
            order_token_hash: Some("hash".into()),
            ..payment(State::Failed)
        };
        let next = Next { id: PaymentId(Uuid::from_u128(2)), tries_max: MAX, now: NOW };
        let mut second = first.follow(way(), next).unwrap();
        assert_eq!((second.attempt, second.amount, second.standing.state), (2, first.amount, State::Opening));
        assert_eq!(
            (second.expires_at, second.retry_until),
            (NOW + Duration::MINUTE, Some(NOW + Duration::MINUTE))
        );
        assert_eq!((second.order_token_hash.as_deref(), second.provider.as_str()), (Some("hash"), "sandbox"));
        assert_eq!(second.order_number, first.order_number);
        // The first has handed it on, and the last one does not.
        assert_eq!(first.follow(way(), next), None);
        let third = second.follow(way(), next).unwrap();
        assert_eq!((third.attempt, third.retry_until), (MAX, None));
        assert_eq!(payment(State::Failed).follow(way(), Next { now: NOW + Duration::MINUTE, ..next }), None);
    }
}
