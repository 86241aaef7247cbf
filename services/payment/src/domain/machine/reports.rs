//! What a provider says of a payment. It may say it twice, late, and in any order.

use warung_contracts::money::Money;

use super::{Call, Capture, Change, Closing, Held, Said, Standing, State, Tell};

impl Standing {
    pub(super) fn reported(self, said: &Said) -> Change {
        match said {
            Said::Pending(_) => self.pending(),
            Said::Approved => self.approved(),
            Said::Authorized(amount) => self.authorized(*amount),
            Said::Captured(amount) => self.captured(*amount),
            Said::Failed(_) => self.failed(),
            Said::Voided => self.voided(),
        }
    }

    fn pending(self) -> Change {
        match (self.state, self.closing) {
            (State::Opening, None) => self.into(State::Pending).telling(Tell::Pending),
            (State::Opening, Some(_)) => self.into(State::Pending).calling(Call::Void),
            _ => self.stay(),
        }
    }

    fn approved(self) -> Change {
        match (self.state, self.closing) {
            (State::Opening, Some(_)) => self.into(State::Pending).calling(Call::Void),
            (State::Opening | State::Pending, None) => match self.capture {
                Capture::Manual => self.into(State::Approved).calling(Call::Authorize),
                Capture::Automatic => {
                    let capturing = Self { capturing: self.amount, ..self };
                    capturing.into(State::Approved).calling(Call::Capture(self.amount))
                }
            },
            _ => self.stay(),
        }
    }

    fn authorized(self, reported: Money) -> Change {
        if !self.state.is_open() {
            return self.authorized_too_late(reported);
        }
        match (self.state, self.closing) {
            // The call under way decides.
            (State::Authorized, _) | (State::Pending, Some(_)) => self.stay(),
            (State::Approved, _) if self.capturing > 0 => self.stay(),
            (_, Some(_)) => {
                let aside = Self { authorized: reported.amount_minor, held: None, ..self };
                aside.into(State::Authorized).calling(Call::Void)
            }
            (_, None) if reported != Money::new(self.amount, self.currency) => {
                self.hold(Held { amount: reported, captured: false })
            }
            (_, None) => Self { authorized: reported.amount_minor, held: None, ..self }.set_aside(),
        }
    }

    /// The money is set aside: an administrator takes it, or we do at once.
    pub(super) fn set_aside(self) -> Change {
        match self.capture {
            Capture::Manual => self.into(State::Authorized).telling(Tell::Authorized),
            Capture::Automatic => {
                let capturing = Self { capturing: self.authorized, ..self };
                capturing.into(State::Authorized).calling(Call::Capture(self.authorized))
            }
        }
    }

    /// Set aside after the end: freed again, once.
    fn authorized_too_late(self, reported: Money) -> Change {
        match self.state {
            State::Failed | State::Expired | State::Cancelled if self.authorized == 0 => {
                Self { authorized: reported.amount_minor, ..self }.stay().calling(Call::Void)
            }
            _ => self.stay(),
        }
    }

    fn captured(self, reported: Money) -> Change {
        let unwanted = matches!(self.closing, Some(Closing::Cancel | Closing::Void)) || !self.state.is_open();
        let asked = if self.capturing > 0 { self.capturing } else { self.amount };
        match self.state {
            State::Succeeded | State::Refunded => self.stay(),
            _ if reported.currency != self.currency || reported.amount_minor <= 0 => {
                self.hold(Held { amount: reported, captured: true })
            }
            // The order is gone, or told that it is not paid: all that came goes back at once.
            _ if unwanted => self.take_and_return(reported.amount_minor),
            _ if reported.amount_minor != asked => self.hold(Held { amount: reported, captured: true }),
            _ => self.take(reported.amount_minor),
        }
    }

    /// Money that was wanted is in.
    pub(super) fn take(self, amount: i64) -> Change {
        let next = Self { captured: amount, capturing: 0, closing: None, held: None, ..self };
        next.into(State::Succeeded).telling(Tell::Succeeded).moving(amount)
    }

    /// All that was asked came after the end, and is wanted still.
    pub(super) fn paid_late(self) -> Change {
        match self.state {
            State::Failed | State::Expired | State::Cancelled if self.captured == 0 => self.take(self.amount),
            _ => self.stay(),
        }
    }

    /// Money that nobody wants any more is in, and goes back.
    pub(super) fn take_and_return(self, amount: i64) -> Change {
        let next = Self {
            captured: amount,
            refunding: amount,
            capturing: 0,
            closing: Some(Closing::Cancel),
            held: None,
            ..self
        };
        let change = next.into(State::Succeeded).calling(Call::Refund(amount)).moving(amount);
        match (self.state.is_open(), self.closing) {
            // The order still waits for a verdict.
            (true, Some(Closing::Void)) => change.telling(Tell::Failed),
            _ => change,
        }
    }

    fn failed(self) -> Change {
        self.ended(State::Failed, Tell::Failed)
    }

    /// Called off by us, or by the provider's own clock.
    fn voided(self) -> Change {
        self.ended(State::Expired, Tell::Expired)
    }

    fn ended(self, state: State, tell: Tell) -> Change {
        if !self.state.is_open() {
            return self.stay();
        }
        let next = Self { capturing: 0, held: None, ..self };
        match self.closing {
            Some(Closing::Cancel) => next.into(State::Cancelled),
            Some(Closing::Void) => next.into(State::Cancelled).telling(Tell::Failed),
            // The order hears of the next try.
            Some(Closing::Replace) => next.into(State::Cancelled),
            Some(Closing::Expire) | None => next.into(state).telling(tell),
        }
    }
}
