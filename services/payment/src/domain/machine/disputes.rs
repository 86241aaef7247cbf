//! Money that disputes take of a payment, and give back when they are won.

use super::{Call, Change, Closing, Standing, State};

impl Standing {
    /// What went back twice: to the customer by refunds, done or under way, and by their bank.
    pub fn twice(&self) -> i64 {
        let refunds = self.refunding + self.went_back();
        (refunds + self.charged_back - self.captured).clamp(0, refunds)
    }

    /// Disputes have taken this much in all.
    pub(super) fn charged_back(self, total: i64) -> Change {
        let next = Self { charged_back: total, ..self };
        // The bank gave it back, and its order is gone: it is the customer's. What was refused before is owed again.
        let freed = next.unowed() - self.unowed();
        match (next.state, next.closing) {
            (State::Succeeded, Some(Closing::Cancel)) if total < self.charged_back && freed > 0 => {
                Self { refunding: next.refunding + freed, ..next }.stay().calling(Call::Refund(freed))
            }
            _ => next.stay(),
        }
    }

    fn unowed(&self) -> i64 {
        self.refundable() - self.owed()
    }
}
