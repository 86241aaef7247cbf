//! What the order, the clock and administrators want. Each wish becomes a call at most, and the answer the state.

use super::{Call, Capture, Change, Closing, Refusal, Standing, State};

/// Words in which providers refuse a capture because nothing is set aside any more: asking again never helps. Of any other a
/// comparison with the provider tells.
const GONE: [&str; 7] = [
    "authorization_expired",
    "authorization_voided",
    "authorization_denied",
    "capture_charge_authorization_expired",
    "charge_expired_for_capture",
    "nothing_to_capture",
    "order_not_found",
];

impl Standing {
    /// Whether a call is under way whose answer decides what comes next.
    fn asking(&self) -> bool {
        match self.state {
            State::Opening | State::Approved => true,
            State::Pending | State::Authorized => self.capturing > 0 || self.closing.is_some(),
            State::Succeeded | State::Refunded | State::Failed | State::Expired | State::Cancelled => false,
        }
    }

    /// Settled at once: nobody is asked, and no money moves.
    pub(super) fn nothing_to_pay(self) -> Change {
        match (self.state, self.closing, self.amount) {
            (State::Opening, None, 0) => self.take(0),
            _ => self.stay(),
        }
    }

    pub(super) fn order_cancelled(self) -> Change {
        let closing = Self { closing: Some(Closing::Cancel), ..self };
        match self.state {
            State::Refunded | State::Failed | State::Expired | State::Cancelled => self.stay(),
            State::Succeeded => match self.refundable() {
                0 => closing.stay(),
                left => {
                    Self { refunding: self.refunding + left, ..closing }.stay().calling(Call::Refund(left))
                }
            },
            _ => match self.held.filter(|held| held.captured) {
                // It came, and nobody needs to decide any more: it goes back. Another currency still waits for a person.
                Some(held) if held.amount.currency == self.currency && held.amount.amount_minor > 0 => {
                    closing.take_and_return(held.amount.amount_minor)
                }
                Some(_) => closing.stay(),
                None if self.asking() => closing.stay(),
                None => closing.stay().calling(Call::Void),
            },
        }
    }

    pub(super) fn time_up(self) -> Change {
        let waits = matches!(self.state, State::Pending | State::Authorized);
        if !waits || self.asking() || self.held.is_some() {
            return self.stay();
        }
        Self { closing: Some(Closing::Expire), ..self }.stay().calling(Call::Void)
    }

    pub(super) fn void_asked(self) -> Result<Change, Refusal> {
        let closing = Self { closing: Some(Closing::Void), ..self };
        match self.state {
            _ if self.held.is_some_and(|held| held.captured) => Err(Refusal::Held),
            state if !state.is_open() => Err(Refusal::NotOpen(state)),
            _ if self.closing.is_some() => Err(Refusal::Closing),
            // Nothing was asked of the customer yet: the answer is followed by the call.
            State::Opening => Ok(closing.stay()),
            _ if self.asking() => Err(Refusal::UnderWay),
            _ => Ok(closing.stay().calling(Call::Void)),
        }
    }

    /// Nothing is asked of another provider before this one has answered.
    pub(super) fn replace_asked(self) -> Result<Change, Refusal> {
        match self.state {
            _ if self.held.is_some() => Err(Refusal::Held),
            State::Pending if !self.asking() => {
                Ok(Self { closing: Some(Closing::Replace), ..self }.stay().calling(Call::Void))
            }
            state if !state.is_open() => Err(Refusal::NotOpen(state)),
            _ => Err(Refusal::UnderWay),
        }
    }

    pub(super) fn capture_asked(self, asked: i64) -> Result<Change, Refusal> {
        let left = self.authorized;
        match self.state {
            _ if self.held.is_some() => Err(Refusal::Held),
            State::Authorized if self.closing.is_some() => Err(Refusal::Closing),
            State::Authorized if self.capturing > 0 => Err(Refusal::UnderWay),
            State::Authorized if asked <= 0 || asked > left => {
                Err(Refusal::CaptureTooMuch { most: self.money(left) })
            }
            State::Authorized => Ok(Self { capturing: asked, ..self }.stay().calling(Call::Capture(asked))),
            state => Err(Refusal::NothingAuthorized(state)),
        }
    }

    /// What can't be taken is freed, and the payment has failed. Who takes by hand may ask again, where that can help.
    pub(super) fn capture_refused(self, reason: &str) -> Change {
        if self.capturing == 0 || !self.state.is_open() {
            return self.stay();
        }
        let next = Self { capturing: 0, ..self };
        match (self.closing, self.capture) {
            (Some(_), _) => next.stay().calling(Call::Void),
            (None, Capture::Manual) if !GONE.contains(&reason) => next.stay(),
            (None, _) => Self { closing: Some(Closing::Void), ..next }.stay().calling(Call::Void),
        }
    }
}
