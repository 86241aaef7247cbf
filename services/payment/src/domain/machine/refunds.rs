//! Money on its way back: decided, then done or refused for good. What is refused stays owed until another refund answers
//! it, or the shop has paid it back outside of the provider.

use super::{Call, Change, Refusal, Standing, State, Tell};

impl Standing {
    /// What went back, through the provider and outside of it.
    pub fn went_back(&self) -> i64 {
        self.refunded + self.offline
    }

    /// What can still go back: what the customer's bank took has gone back already.
    pub fn refundable(&self) -> i64 {
        (self.captured - self.refunding - self.went_back() - self.charged_back).max(0)
    }

    /// What should have gone back and did not: never more than can still go back, for the rest went another way.
    pub fn owed(&self) -> i64 {
        self.refused.min(self.refundable())
    }

    pub(super) fn refund_asked(self, amount: i64, answers: i64) -> Result<Change, Refusal> {
        self.may_go_back(amount)?;
        let next = Self { refunding: self.refunding + amount, ..self };
        Ok(next.answering(answers).stay().calling(Call::Refund(amount)))
    }

    pub(super) fn refunded_offline(self, amount: i64, answers: i64) -> Result<Change, Refusal> {
        self.may_go_back(amount)?;
        Ok(Self { offline: self.offline + amount, ..self }.answering(answers).paid_back(amount))
    }

    pub(super) fn refund_done(self, amount: i64) -> Result<Change, Refusal> {
        let next = self.no_longer_refunding(amount)?;
        Ok(Self { refunded: self.refunded + amount, ..next }.paid_back(amount))
    }

    /// Nothing moved: the ledger stays, and the money is owed.
    pub(super) fn refund_refused(self, amount: i64) -> Result<Change, Refusal> {
        let next = self.no_longer_refunding(amount)?;
        Ok(Self { refused: self.refused + amount, ..next }.stay().telling(Tell::RefundFailed(amount)))
    }

    fn may_go_back(&self, amount: i64) -> Result<(), Refusal> {
        let left = self.refundable();
        match self.state {
            State::Succeeded if amount > 0 && amount <= left => Ok(()),
            State::Succeeded | State::Refunded if self.charged_back > 0 => {
                Err(Refusal::ChargedBack { most: self.money(left), taken: self.money(self.charged_back) })
            }
            State::Succeeded | State::Refunded => Err(Refusal::TooMuch { most: self.money(left) }),
            state => Err(Refusal::NothingCaptured(state)),
        }
    }

    fn answering(self, refused: i64) -> Self {
        // Refusals of versions that did not add them up can be answered too.
        Self { refused: (self.refused - refused).max(0), ..self }
    }

    fn paid_back(self, amount: i64) -> Change {
        let state = if self.went_back() == self.captured { State::Refunded } else { State::Succeeded };
        self.into(state).telling(Tell::Refunded(amount)).moving(-amount)
    }

    fn no_longer_refunding(self, amount: i64) -> Result<Self, Refusal> {
        if self.state != State::Succeeded || amount <= 0 || amount > self.refunding {
            return Err(Refusal::NotAsked(amount));
        }
        Ok(Self { refunding: self.refunding - amount, ..self })
    }
}
