//! The state machine of a payment: standing and fact → new standing and what must be done.
//!
//! What a provider says is the truth about money, whenever it arrives; what we wish (cancel, expire, refund) becomes a
//! call to the provider, and a state only once the provider has answered.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_contracts::event::NextAction;

/// How far a payment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The provider is being asked; its answer is not known yet.
    Opening,
    /// It waits for the customer or the provider.
    Pending,
    /// Captured.
    Succeeded,
    /// Captured, and all of it went back.
    Refunded,
    /// The provider refused.
    Failed,
    /// The time ran out.
    Expired,
    /// Its order was cancelled before anything was captured.
    Cancelled,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Opening,
        Self::Pending,
        Self::Succeeded,
        Self::Refunded,
        Self::Failed,
        Self::Expired,
        Self::Cancelled,
    ];

    /// The word for it in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Refunded => "refunded",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for State {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| format!("{text:?} is no state of a payment"))
    }
}

/// Why a payment is being brought to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// Its order was cancelled: nothing may be kept.
    Cancel,
    /// The time ran out: what was paid in the last moment is kept.
    Expire,
}

/// How far a payment is, and its money in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub state: State,
    pub closing: Option<Closing>,
    /// What is to be paid.
    pub amount: i64,
    /// 0 or the amount.
    pub captured: i64,
    /// Refunds decided but not yet done.
    pub refunding: i64,
    /// Refunds done.
    pub refunded: i64,
}

/// What a provider says of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Pending(NextAction),
    Succeeded,
    /// Refused, with a reason in a word.
    Failed(String),
    /// Called off; nothing will be captured.
    Voided,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    Provider(Said),
    OrderCancelled,
    TimeUp,
    /// An administrator wants this much to go back.
    RefundAsked(i64),
    /// The provider gave this much back.
    RefundDone(i64),
}

/// A call to the provider that must be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Void,
    Refund(i64),
}

/// What the others must hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tell {
    Pending,
    Succeeded,
    Failed,
    Expired,
    Refunded(i64),
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
    #[error("{asked} was asked for, {left} can go back")]
    TooMuch { asked: i64, left: i64 },
    #[error("{0} went back, which nobody asked for")]
    NotAsked(i64),
}

impl Standing {
    /// A payment that is being opened.
    pub fn opening(amount: i64) -> Self {
        Self { state: State::Opening, closing: None, amount, captured: 0, refunding: 0, refunded: 0 }
    }

    /// What can still go back.
    pub fn refundable(&self) -> i64 {
        self.captured - self.refunding - self.refunded
    }

    /// What follows from a fact; a fact that is old or known changes nothing.
    ///
    /// # Errors
    ///
    /// For refunds that may not be.
    pub fn apply(self, fact: &Fact) -> Result<Change, Refusal> {
        match fact {
            Fact::Provider(Said::Pending(_)) => Ok(self.pending()),
            Fact::Provider(Said::Succeeded) => Ok(self.succeeded()),
            Fact::Provider(Said::Failed(_)) => Ok(self.failed()),
            Fact::Provider(Said::Voided) => Ok(self.voided()),
            Fact::OrderCancelled => Ok(self.order_cancelled()),
            Fact::TimeUp => Ok(self.time_up()),
            Fact::RefundAsked(amount) => self.refund_asked(*amount),
            Fact::RefundDone(amount) => self.refund_done(*amount),
        }
    }

    fn pending(self) -> Change {
        match (self.state, self.closing) {
            (State::Opening, None) => self.into(State::Pending).telling(Tell::Pending),
            (State::Opening, Some(_)) => self.into(State::Pending).calling(Call::Void),
            _ => self.stay(),
        }
    }

    fn succeeded(self) -> Change {
        match (self.state, self.closing) {
            (State::Succeeded | State::Refunded, _) => self.stay(),
            (State::Opening | State::Pending, None | Some(Closing::Expire)) => {
                Self { captured: self.amount, closing: None, ..self }
                    .into(State::Succeeded)
                    .telling(Tell::Succeeded)
                    .moving(self.amount)
            }
            // The order is gone, or told that it is not paid: the money goes back at once.
            (State::Opening | State::Pending, Some(Closing::Cancel))
            | (State::Failed | State::Expired | State::Cancelled, _) => {
                let closing = Some(Closing::Cancel);
                Self { captured: self.amount, refunding: self.amount, closing, ..self }
                    .into(State::Succeeded)
                    .calling(Call::Refund(self.amount))
                    .moving(self.amount)
            }
        }
    }

    fn failed(self) -> Change {
        match (self.state, self.closing) {
            (State::Opening | State::Pending, Some(Closing::Cancel)) => self.into(State::Cancelled),
            (State::Opening | State::Pending, _) => self.into(State::Failed).telling(Tell::Failed),
            _ => self.stay(),
        }
    }

    fn voided(self) -> Change {
        match (self.state, self.closing) {
            (State::Opening | State::Pending, Some(Closing::Cancel)) => self.into(State::Cancelled),
            // Called off by us, or by the provider's own clock.
            (State::Opening | State::Pending, _) => self.into(State::Expired).telling(Tell::Expired),
            _ => self.stay(),
        }
    }

    fn order_cancelled(self) -> Change {
        let closing = Self { closing: Some(Closing::Cancel), ..self };
        match (self.state, self.closing) {
            // The answer of the call under way decides.
            (State::Opening, _) | (State::Pending, Some(_)) => closing.stay(),
            (State::Pending, None) => closing.stay().calling(Call::Void),
            (State::Succeeded, _) => match self.refundable() {
                0 => closing.stay(),
                left => {
                    Self { refunding: self.refunding + left, ..closing }.stay().calling(Call::Refund(left))
                }
            },
            (State::Refunded | State::Failed | State::Expired | State::Cancelled, _) => self.stay(),
        }
    }

    fn time_up(self) -> Change {
        match (self.state, self.closing) {
            (State::Pending, None) => {
                Self { closing: Some(Closing::Expire), ..self }.stay().calling(Call::Void)
            }
            _ => self.stay(),
        }
    }

    fn refund_asked(self, asked: i64) -> Result<Change, Refusal> {
        let left = self.refundable();
        match self.state {
            State::Succeeded if asked > 0 && asked <= left => {
                Ok(Self { refunding: self.refunding + asked, ..self }.stay().calling(Call::Refund(asked)))
            }
            State::Succeeded | State::Refunded => Err(Refusal::TooMuch { asked, left }),
            state => Err(Refusal::NothingCaptured(state)),
        }
    }

    fn refund_done(self, amount: i64) -> Result<Change, Refusal> {
        if self.state != State::Succeeded || amount <= 0 || amount > self.refunding {
            return Err(Refusal::NotAsked(amount));
        }
        let refunded = self.refunded + amount;
        let state = if refunded == self.captured { State::Refunded } else { State::Succeeded };
        let next = Self { refunding: self.refunding - amount, refunded, ..self };
        Ok(next.into(state).telling(Tell::Refunded(amount)).moving(-amount))
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
