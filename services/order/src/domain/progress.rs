//! What an order makes of a fact: where it goes, and what it keeps of what the fact brings.

use time::{Duration, OffsetDateTime};
use warung_contracts::{event::NextAction, money::Money};

use super::{Fact, Order, State, Step, step};

/// What a fact brings with it.
#[derive(Debug, Clone, Default)]
pub enum Detail {
    #[default]
    None,
    /// What the customer has to do to pay.
    NextAction(NextAction),
    /// What was captured: the total, or less where an administrator took less.
    Paid { amount: Money, partial: bool },
    /// The money is set aside until then, and this much later the order has waited long enough.
    Authorized { until: OffsetDateTime, grace: Duration },
    /// Who carries it, and the number to ask them about.
    Tracking { carrier: String, number: String },
}

/// What a fact did to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It left this state for another.
    Left(State),
    /// It stays where it is and knows more.
    Learnt,
    /// It knew.
    Nothing,
}

/// Why an order can't make anything of a fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    #[error("{fact:?} can't follow while the order is {state}; what comes before it has not arrived")]
    NotYet { state: State, fact: Fact },
    #[error("an order that is {0} can't be cancelled")]
    Refused(State),
    #[error("{paid} was paid for an order of {total}")]
    WrongAmount { paid: Money, total: Money },
}

impl Order {
    /// Hears a fact.
    ///
    /// # Errors
    ///
    /// As [`Misfit`] says; the order is of no use then.
    pub fn hear(&mut self, fact: Fact, detail: Detail, now: OffsetDateTime) -> Result<Progress, Misfit> {
        let before = self.clone();
        self.check(&detail)?;
        self.go(fact)?;
        self.learn(detail);
        if *self == before {
            return Ok(Progress::Nothing);
        }
        self.updated_at = now;
        if self.state == before.state {
            return Ok(Progress::Learnt);
        }
        self.completed_at = (self.state == State::Completed).then_some(now);
        Ok(Progress::Left(before.state))
    }

    /// What is captured is the total, unless payment says that less was taken.
    fn check(&self, detail: &Detail) -> Result<(), Misfit> {
        let Detail::Paid { amount: paid, partial } = *detail else { return Ok(()) };
        let total = self.total();
        let less = paid.currency == total.currency && (1..total.amount_minor).contains(&paid.amount_minor);
        if paid == total || (partial && less) { Ok(()) } else { Err(Misfit::WrongAmount { paid, total }) }
    }

    fn go(&mut self, fact: Fact) -> Result<(), Misfit> {
        match step(self.state, fact) {
            Step::To(next) => self.state = next,
            Step::End(next, why) => {
                self.state = next;
                self.cancel_reason = Some(why);
            }
            Step::Stay => {}
            Step::NotYet => return Err(Misfit::NotYet { state: self.state, fact }),
            Step::Refused => return Err(Misfit::Refused(self.state)),
        }
        Ok(())
    }

    /// Keeps what a fact brought, where it still matters.
    fn learn(&mut self, detail: Detail) {
        match detail {
            Detail::Paid { amount, .. } if self.state == State::Confirmed => {
                self.paid.get_or_insert(amount);
            }
            Detail::NextAction(action) if self.state == State::AwaitingPayment => {
                self.next_action = Some(action);
            }
            // The customer has done all there is to do; the shop takes the money.
            Detail::Authorized { until, grace } if self.state.is_unpaid() => {
                self.wait_for(until, grace);
                self.next_action = None;
            }
            Detail::Tracking { carrier, number } if self.tracking_number.is_none() => {
                self.carrier = Some(carrier);
                self.tracking_number = Some(number);
            }
            Detail::NextAction(_)
            | Detail::Authorized { .. }
            | Detail::Tracking { .. }
            | Detail::Paid { .. }
            | Detail::None => {}
        }
        if !self.state.is_unpaid() {
            self.next_action = None;
        }
    }
}
