//! Amounts that differ from what was asked: never accepted silently, a person decides.

use super::{Call, Change, Closing, Decision, Held, Refusal, Standing, State, Tell};

impl Standing {
    pub(super) fn hold(self, held: Held) -> Change {
        // The call that brought it is answered: nothing is under way any more.
        let state = match self.state {
            State::Opening | State::Approved => State::Pending,
            other => other,
        };
        Self { held: Some(held), capturing: 0, ..self }.into(state)
    }

    pub(super) fn released(self, decision: Decision) -> Result<Change, Refusal> {
        let held = self.held.ok_or(Refusal::NotHeld)?;
        let next = Self { held: None, ..self };
        if decision == Decision::Settled {
            return Ok(next.settled());
        }
        if held.amount.currency != self.currency || held.amount.amount_minor <= 0 {
            return Err(Refusal::ForeignCurrency);
        }
        match decision {
            // Who was told that it is not paid can't be told that it is.
            Decision::Accept if self.is_given_up() || !self.state.is_open() => Err(Refusal::Closing),
            Decision::Accept if held.captured => Ok(next.take(held.amount.amount_minor)),
            Decision::Accept => Ok(Self { authorized: held.amount.amount_minor, ..next }.set_aside()),
            Decision::Return | Decision::Settled => Ok(next.give_up(held)),
        }
    }

    /// Whether others count on its end. Another way to pay is dropped where this one may have been paid.
    fn is_given_up(&self) -> bool {
        !matches!(self.closing, None | Some(Closing::Replace))
    }

    fn give_up(self, held: Held) -> Change {
        // An order that is gone needs no verdict, one that waits hears that it is not paid.
        let why = self.closing.filter(|why| *why == Closing::Cancel).unwrap_or(Closing::Void);
        let closing = Self { closing: Some(why), ..self };
        match held.captured {
            true => closing.take_and_return(held.amount.amount_minor),
            false => closing.stay().calling(Call::Void),
        }
    }

    /// Nothing of it is ours any more, and nothing was booked.
    fn settled(self) -> Change {
        match (self.state.is_open(), self.closing) {
            (false, _) => self.stay(),
            (true, Some(Closing::Cancel)) => self.into(State::Cancelled),
            (true, _) => self.into(State::Failed).telling(Tell::Failed),
        }
    }
}
