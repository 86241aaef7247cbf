//! What an order makes of a fact: where it goes, and what it keeps of what the fact brings.

use std::cmp::Ordering;

use time::{Duration, OffsetDateTime};
use warung_contracts::{
    event::{NextAction, PaymentSucceeded, StockPart},
    id::PaymentId,
    money::{Money, MoneyError},
};

use super::{Fact, Order, State, Step, step};

/// The number of a try whose event says none: of before there were several.
pub const FIRST: u32 = 1;

/// What a fact brings with it.
#[derive(Debug, Clone, Default)]
pub enum Detail {
    #[default]
    None,
    /// From where its items are served.
    SetAside { served_from: Vec<StockPart> },
    /// What the customer has to do to pay, through whom, and until when they can take another way.
    Waits { attempt: u32, action: NextAction, provider: Option<String>, retry_until: Option<OffsetDateTime> },
    /// Why a try failed, and until when another can follow.
    Failed { attempt: u32, reason: String, retry_until: Option<OffsetDateTime> },
    /// Nobody paid by a try.
    Expired { attempt: u32 },
    /// What was captured, by whom, and how that compares with the total, as payment says: less where an administrator took
    /// less, another amount where one accepted it.
    Paid { attempt: u32, by: PaymentId, provider: String, amount: Money, against_total: Ordering },
    /// The money is set aside until then, and this much later the order has waited long enough.
    Authorized { attempt: u32, until: OffsetDateTime, grace: Duration },
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

/// Why an order can't make anything of money that went back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Overdrawn {
    #[error("{refunded} went back in all of the {paid} that was paid")]
    TooMuch { refunded: Money, paid: Money },
    #[error("the amounts can't be added")]
    Money(#[from] MoneyError),
}

impl From<&PaymentSucceeded> for Detail {
    fn from(event: &PaymentSucceeded) -> Self {
        let against_total = match (event.partial, event.overpaid) {
            (Some(true), _) => Ordering::Less,
            (_, Some(true)) => Ordering::Greater,
            _ => Ordering::Equal,
        };
        let PaymentSucceeded { payment_id: by, amount, .. } = *event;
        let attempt = event.attempt.unwrap_or(FIRST);
        Self::Paid { attempt, by, provider: event.provider.clone(), amount, against_total }
    }
}

impl Detail {
    /// The try to pay that it tells of, and that another may have followed. Money is the truth of whichever try took it.
    fn attempt(&self) -> Option<u32> {
        match self {
            Self::Waits { attempt, .. } | Self::Failed { attempt, .. } | Self::Expired { attempt } => {
                Some(*attempt)
            }
            Self::Authorized { attempt, .. } => Some(*attempt),
            Self::SetAside { .. } | Self::Paid { .. } | Self::Tracking { .. } | Self::None => None,
        }
    }
}

impl Order {
    /// Hears a fact.
    ///
    /// # Errors
    ///
    /// As [`Misfit`] says; the order is of no use then.
    pub fn hear(&mut self, fact: Fact, detail: Detail, now: OffsetDateTime) -> Result<Progress, Misfit> {
        if detail.attempt().is_some_and(|attempt| self.tries.is_past(attempt)) || self.is_past(&detail) {
            return Ok(Progress::Nothing);
        }
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

    /// Whether the latest try has gone on from what is told of it: it waits before its money is set aside, and does neither
    /// once it failed.
    fn is_past(&self, detail: &Detail) -> bool {
        detail.attempt() == Some(self.tries.latest)
            && match detail {
                Detail::Waits { .. } => self.next_action.is_none(),
                Detail::Authorized { .. } => self.tries.failure.is_some(),
                _ => false,
            }
    }

    /// Hears that money of a try went back; says whether it counts, which late money of a try that another followed does not.
    /// Money that came after the end, or was sent back before it counted, was never told as paid, and what was paid may be
    /// heard of later: then payment alone knows how much there was, and the latest try counts (ids are in their order).
    ///
    /// # Errors
    ///
    /// When more went back than was paid; the order is of no use then.
    pub fn gave_back(&mut self, by: PaymentId, amount: Money) -> Result<bool, Overdrawn> {
        match self.tries.paid_by {
            Some(counted) if counted == by => {}
            Some(counted) if self.paid.is_some() || by < counted => return Ok(false),
            // Orders of before several tries don't know which one paid.
            None if self.paid.is_some() => {}
            _ => self.count_alone(by),
        }
        self.refunded = self.refunded.plus(amount)?;
        match self.paid {
            Some(paid) if self.refunded.amount_minor > paid.amount_minor => {
                Err(Overdrawn::TooMuch { refunded: self.refunded, paid })
            }
            _ => Ok(true),
        }
    }

    /// What went back of another try counts no more.
    fn count_alone(&mut self, by: PaymentId) {
        if self.tries.paid_by.is_some_and(|counted| counted != by) {
            self.refunded = Money::zero(self.refunded.currency);
        }
        self.tries.paid_by = Some(by);
    }

    /// Whether no money counts for it: it waits, or ended so.
    fn is_not_paid(&self) -> bool {
        (self.state.is_unpaid() || self.state == State::Cancelled) && self.paid.is_none()
    }

    /// What is captured is the total, unless payment says that it is less or more.
    fn check(&self, detail: &Detail) -> Result<(), Misfit> {
        let Detail::Paid { amount: paid, against_total, .. } = *detail else { return Ok(()) };
        let total = self.total();
        let as_said = paid.currency == total.currency
            && paid.amount_minor >= total.amount_minor.min(1)
            && paid.amount_minor.cmp(&total.amount_minor) == against_total;
        if as_said { Ok(()) } else { Err(Misfit::WrongAmount { paid, total }) }
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
            Detail::SetAside { served_from } if self.state.is_unpaid() => self.served_from = served_from,
            Detail::Paid { attempt, by, provider, amount, .. }
                if self.state == State::Confirmed && self.paid.is_none() =>
            {
                self.paid = Some(amount);
                self.payment.provider = provider;
                self.tries.heard(attempt, None, None);
                self.count_alone(by);
            }
            Detail::Waits { attempt, action, provider, retry_until }
                if self.state == State::AwaitingPayment =>
            {
                self.next_action = Some(action);
                self.payment.provider = provider.unwrap_or_else(|| self.payment.provider.clone());
                self.tries.heard(attempt, None, retry_until);
            }
            Detail::Failed { attempt, reason, retry_until } if self.is_not_paid() => {
                self.next_action = None;
                self.tries.heard(attempt, Some(reason), retry_until);
            }
            // The customer has done all there is to do; the shop takes the money.
            Detail::Authorized { attempt, until, grace } if self.state.is_unpaid() => {
                self.wait_for(until, grace);
                self.next_action = None;
                self.tries.heard(attempt, None, None);
            }
            Detail::Tracking { carrier, number } if self.tracking_number.is_none() => {
                self.carrier = Some(carrier);
                self.tracking_number = Some(number);
            }
            Detail::SetAside { .. }
            | Detail::Waits { .. }
            | Detail::Failed { .. }
            | Detail::Expired { .. }
            | Detail::Authorized { .. }
            | Detail::Tracking { .. }
            | Detail::Paid { .. }
            | Detail::None => {}
        }
        if !self.state.is_unpaid() {
            self.next_action = None;
            self.tries.retry_until = None;
        }
    }
}
