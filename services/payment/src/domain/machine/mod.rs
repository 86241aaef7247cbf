//! The state machine of a payment: standing and fact → new standing and what must be done.
//!
//! What a provider says is the truth about money, whenever it arrives; what we wish (capture, cancel, expire, refund)
//! becomes a call to the provider, and a state only once the provider has answered. Of the calls that open, set aside,
//! capture and call off, one at most is under way.
//!
//! ```text
//!  reports.rs   what the provider says          wishes.rs   what the order, the clock, an administrator want
//!  held.rs      amounts that nobody asked for   refunds.rs  money on its way back
//!  said.rs      the reports in words             disputes.rs  money that banks take back
//! ```

mod disputes;
mod held;
mod refunds;
mod reports;
mod said;
mod wishes;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_contracts::{currency::Currency, event::NextAction, money::Money};

use super::state::{Capture, Closing, State};

/// How far a payment is, and its money in minor units of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub state: State,
    pub closing: Option<Closing>,
    pub capture: Capture,
    pub currency: Currency,
    /// What is to be paid.
    pub amount: i64,
    /// What was set aside, also when it has been taken or freed since.
    pub authorized: i64,
    /// What the provider is being asked to take.
    pub capturing: i64,
    /// What was taken.
    pub captured: i64,
    /// Refunds decided but not yet done.
    pub refunding: i64,
    /// Refunds that the provider has done.
    pub refunded: i64,
    /// Refunds that it refused for good, and that nothing has answered since: no other refund, no money paid outside.
    pub refused: i64,
    /// What the shop paid back itself, outside of the provider.
    pub offline: i64,
    /// What disputes took, and did not give back.
    pub charged_back: i64,
    /// What the provider reports and nobody asked for: it waits for a person.
    pub held: Option<Held>,
}

/// An amount that differs from what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// As the provider reports it.
    pub amount: Money,
    /// Whether it was taken; set aside otherwise.
    pub captured: bool,
}

/// What a provider says of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Pending(NextAction),
    /// The customer agreed, and nothing is set aside before we ask again.
    Approved,
    /// Set aside: this much, as the provider reports it.
    Authorized(Money),
    /// Taken: this much, as the provider reports it.
    Captured(Money),
    /// Refused, with a reason in a word.
    Failed(String),
    /// Called off or lapsed; nothing will be captured.
    Voided,
}

/// What becomes of an amount that differs from what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The shop takes it for what was asked; the order is confirmed.
    Accept,
    /// It goes back, and the order is told that the payment failed.
    Return,
    /// It was put right at the provider by hand; the order is told that the payment failed.
    Settled,
}

warung_contracts::words!(Decision, "decision", Accept = "accept", Return = "return", Settled = "settled");

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    Provider(Said),
    /// The order costs nothing.
    NothingToPay,
    OrderCancelled,
    TimeUp,
    /// An administrator wants this much of what is set aside to be taken.
    CaptureAsked(i64),
    /// The provider will not take it, with a reason in a word.
    CaptureRefused(String),
    /// An administrator wants it called off.
    VoidAsked,
    /// The customer takes another way to pay.
    ReplaceAsked,
    /// Money came after the end of this try, of what was asked, and its order still waited for it.
    PaidLate,
    /// Another try has paid the order: nothing of this one may be kept.
    PaidByAnother,
    /// A person has looked at what is held.
    Released(Decision),
    /// This much is to go back; it answers refused refunds of `answers` in all.
    RefundAsked {
        amount: i64,
        answers: i64,
    },
    /// The shop paid this much back outside of the provider; it answers refused refunds of `answers` in all.
    RefundedOffline {
        amount: i64,
        answers: i64,
    },
    /// The provider gave this much back.
    RefundDone(i64),
    /// The provider will never give this much back.
    RefundRefused(i64),
    /// Disputes have taken this much in all, and not given it back.
    ChargedBack(i64),
}

/// A call to the provider that must be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Authorize,
    Capture(i64),
    Void,
    Refund(i64),
}

/// What the others must hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tell {
    Pending,
    Authorized,
    Succeeded,
    Failed,
    Expired,
    Refunded(i64),
    RefundFailed(i64),
}

/// What follows from a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub standing: Standing,
    pub call: Option<Call>,
    pub tell: Option<Tell>,
    /// For the ledger: money that came in (positive) or went back (negative).
    pub moved: i64,
}

/// What may not be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("nothing was captured: the payment is {0}")]
    NothingCaptured(State),
    #[error("nothing is set aside: the payment is {0}")]
    NothingAuthorized(State),
    #[error("at most {most} can go back")]
    TooMuch { most: Money },
    #[error("the customer's bank took {taken} back; at most {most} can go back")]
    ChargedBack { most: Money, taken: Money },
    #[error("at most {most} can be taken")]
    CaptureTooMuch { most: Money },
    #[error("the provider is being asked already; wait for its answer")]
    UnderWay,
    #[error("the payment is {0} and can't be called off")]
    NotOpen(State),
    #[error("the provider reports an amount that nobody asked for; a person has to decide first")]
    Held,
    #[error("nothing is held")]
    NotHeld,
    #[error("what is held is of another currency; put it right at the provider, then say so")]
    ForeignCurrency,
    #[error("the payment is being brought to an end")]
    Closing,
    #[error("{0} went back, which nobody asked for")]
    NotAsked(i64),
}

impl Fact {
    /// What an administrator did by it, in a word, and how much of the money it is about.
    pub fn deed(&self) -> Option<(&'static str, Option<i64>)> {
        match self {
            Self::CaptureAsked(amount) => Some(("capture", Some(*amount))),
            Self::VoidAsked => Some(("void", None)),
            Self::Released(decision) => Some((decision.as_str(), None)),
            Self::RefundAsked { amount, .. } => Some(("refund", Some(*amount))),
            Self::RefundedOffline { amount, .. } => Some(("offline", Some(*amount))),
            Self::Provider(_) | Self::NothingToPay | Self::OrderCancelled | Self::TimeUp => None,
            Self::ReplaceAsked | Self::PaidLate | Self::PaidByAnother => None,
            Self::CaptureRefused(_) | Self::RefundDone(_) | Self::RefundRefused(_) => None,
            Self::ChargedBack(_) => None,
        }
    }
}

impl Fact {
    /// Whether no other way to pay may be taken after it: the order has ended or is paid, or an administrator decided.
    pub fn ends_tries(&self) -> bool {
        matches!(self, Self::OrderCancelled | Self::PaidByAnother | Self::VoidAsked | Self::Released(_))
    }
}

impl Standing {
    /// A payment that is being opened.
    pub fn opening(amount: Money, capture: Capture) -> Self {
        Self {
            state: State::Opening,
            closing: None,
            capture,
            currency: amount.currency,
            amount: amount.amount_minor,
            authorized: 0,
            capturing: 0,
            captured: 0,
            refunding: 0,
            refunded: 0,
            refused: 0,
            offline: 0,
            charged_back: 0,
            held: None,
        }
    }

    /// What follows from a fact; a fact that is old or known changes nothing.
    ///
    /// # Errors
    ///
    /// For wishes that may not be.
    pub fn apply(self, fact: &Fact) -> Result<Change, Refusal> {
        match fact {
            Fact::Provider(said) => Ok(self.reported(said)),
            Fact::NothingToPay => Ok(self.nothing_to_pay()),
            Fact::OrderCancelled | Fact::PaidByAnother => Ok(self.order_cancelled()),
            Fact::PaidLate => Ok(self.paid_late()),
            Fact::TimeUp => Ok(self.time_up()),
            Fact::CaptureAsked(amount) => self.capture_asked(*amount),
            Fact::CaptureRefused(reason) => Ok(self.capture_refused(reason)),
            Fact::VoidAsked => self.void_asked(),
            Fact::ReplaceAsked => self.replace_asked(),
            Fact::Released(decision) => self.released(*decision),
            Fact::RefundAsked { amount, answers } => self.refund_asked(*amount, *answers),
            Fact::RefundedOffline { amount, answers } => self.refunded_offline(*amount, *answers),
            Fact::RefundDone(amount) => self.refund_done(*amount),
            Fact::RefundRefused(amount) => self.refund_refused(*amount),
            Fact::ChargedBack(total) => Ok(self.charged_back(*total)),
        }
    }

    /// Whether money of the customer is taken or set aside for it, as far as is known.
    pub fn holds_money(&self) -> bool {
        self.captured > 0 || self.held.is_some() || self.state == State::Authorized
    }

    /// Whether money waits at the customer's bank to be taken, be it of another amount than was asked.
    pub fn is_set_aside(&self) -> bool {
        self.state == State::Authorized || self.held.is_some_and(|held| !held.captured)
    }

    /// Whether it was called off for another way to pay, which nothing stands in the way of any more.
    pub fn gives_way(&self) -> bool {
        self.state == State::Cancelled && self.closing == Some(Closing::Replace)
    }

    /// An amount of the payment's currency.
    fn money(&self, amount_minor: i64) -> Money {
        Money::new(amount_minor, self.currency)
    }

    fn into(self, state: State) -> Change {
        Self { state, ..self }.stay()
    }

    fn stay(self) -> Change {
        Change { standing: self, call: None, tell: None, moved: 0 }
    }
}

impl Change {
    fn calling(self, call: Call) -> Self {
        Self { call: Some(call), ..self }
    }

    fn telling(self, tell: Tell) -> Self {
        Self { tell: Some(tell), ..self }
    }

    fn moving(self, moved: i64) -> Self {
        Self { moved, ..self }
    }
}

#[cfg(test)]
mod tests;
