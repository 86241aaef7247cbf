//! Money on its way back: decided, then done or refused for good.

use super::{Call, Change, Refusal, Standing, State, Tell};

impl Standing {
    /// What can still go back.
    pub fn refundable(&self) -> i64 {
        self.captured - self.refunding - self.refunded
    }

    pub(super) fn refund_asked(self, asked: i64) -> Result<Change, Refusal> {
        let left = self.refundable();
        match self.state {
            State::Succeeded if asked > 0 && asked <= left => {
                Ok(Self { refunding: self.refunding + asked, ..self }.stay().calling(Call::Refund(asked)))
            }
            State::Succeeded | State::Refunded => Err(Refusal::TooMuch { most: self.money(left) }),
            state => Err(Refusal::NothingCaptured(state)),
        }
    }

    pub(super) fn refund_done(self, amount: i64) -> Result<Change, Refusal> {
        let next = self.no_longer_refunding(amount)?;
        let refunded = self.refunded + amount;
        let state = if refunded == self.captured { State::Refunded } else { State::Succeeded };
        Ok(Self { refunded, ..next }.into(state).telling(Tell::Refunded(amount)).moving(-amount))
    }

    /// Nothing moved: the ledger stays, and the money can be asked for again.
    pub(super) fn refund_refused(self, amount: i64) -> Result<Change, Refusal> {
        Ok(self.no_longer_refunding(amount)?.stay().telling(Tell::RefundFailed(amount)))
    }

    fn no_longer_refunding(self, amount: i64) -> Result<Self, Refusal> {
        if self.state != State::Succeeded || amount <= 0 || amount > self.refunding {
            return Err(Refusal::NotAsked(amount));
        }
        Ok(Self { refunding: self.refunding - amount, ..self })
    }
}
