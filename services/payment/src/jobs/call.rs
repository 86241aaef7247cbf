//! One call to a provider. When it is not the first try, an answer may have been lost: the provider is asked first.

use time::OffsetDateTime;
use warung_contracts::money::Money;

use crate::{
    commands::settle::Outcome,
    domain::{Payment, Said, State},
    providers::{Ask, Lookup, Provider, Refund, RefundStatus, Refused, Snapshot, Trouble},
    store::attempts::{Attempt, Kind},
};

/// What a call came to.
#[derive(Debug)]
pub enum Made {
    Settled(Box<Outcome>),
    /// A refund that takes its time, with the provider's id of it.
    OnItsWay(Option<String>),
}

impl From<Outcome> for Made {
    fn from(outcome: Outcome) -> Self {
        Self::Settled(Box::new(outcome))
    }
}

/// Makes it.
///
/// # Errors
///
/// When there is no answer, or only a person can mend it: it is made again.
pub async fn make(
    provider: &dyn Provider,
    attempt: &Attempt,
    payment: &Payment,
    now: OffsetDateTime,
) -> Result<Made, Trouble> {
    let again = Again {
        known: if attempt.tries > 1 && !matches!(attempt.kind, Kind::Void | Kind::Refund(_) | Kind::EndTwin) {
            Some(provider.lookup(payment).await?)
        } else {
            None
        },
        // What was never made is no repeat, however long it waited.
        forgotten: attempt.tries > 1 && now - attempt.created_at > provider.key_lifetime(),
    };
    let ask = Ask { key: attempt.id, payment };
    let answer = match attempt.kind {
        Kind::Open => open(provider, ask, again).await,
        Kind::Authorize => authorize(provider, ask, again).await,
        Kind::Capture(amount) => capture(provider, ask, again, payment.money(amount)).await,
        Kind::Void => void(provider, ask).await,
        Kind::Refund(amount) => return refund(provider, ask, attempt, again, payment.money(amount)).await,
        Kind::EndTwin => {
            let twin = Payment { reference: attempt.twin.clone(), ..payment.clone() };
            return end_twin(provider, Ask { payment: &twin, ..ask }, attempt, again).await;
        }
    };
    match answer {
        Ok(outcome) => Ok(outcome.into()),
        Err(Trouble::Refused(refused)) => Ok(Outcome::Refused(refused).into()),
        // A customer waits: what only a person can mend is a payment that failed.
        Err(Trouble::Permanent(why)) if matches!(attempt.kind, Kind::Open | Kind::Authorize) => {
            tracing::error!(payment = %payment.id, provider = payment.provider, error = %why, "a payment can't be opened");
            Ok(Outcome::Refused(Refused::new("provider_error", why.to_string())).into())
        }
        Err(trouble) => Err(trouble),
    }
}

/// What is known of a call that was made before.
#[derive(Debug)]
struct Again {
    /// What the provider says of the payment; none at the first try.
    known: Option<Lookup>,
    /// Whether the provider would take a repeat for something new.
    forgotten: bool,
}

impl Again {
    /// A repeat that might act twice is not made.
    fn may_repeat(&self) -> Result<(), Trouble> {
        match self.forgotten {
            true => Err(Trouble::no_answer("the provider no longer knows the key; look there by hand")),
            false => Ok(()),
        }
    }
}

async fn open(provider: &dyn Provider, ask: Ask<'_>, again: Again) -> Result<Outcome, Trouble> {
    let standing = &ask.payment.standing;
    match &again.known {
        Some(Lookup::Known(told)) => return Ok(Outcome::Stands((**told).clone())),
        // Its order ended before the provider heard of it: it is never opened.
        None | Some(Lookup::Absent) if standing.closing.is_some() => {
            return Ok(Outcome::Stands(Said::Voided.into()));
        }
        None | Some(Lookup::Absent) => {}
        // It may have been opened: the same key brings the same answer, and the machine calls it off where it must.
        Some(Lookup::Unknown) => again.may_repeat()?,
    }
    match standing.state {
        State::Opening => provider.open(ask).await.map(Outcome::Stands),
        _ => Ok(Outcome::Nothing),
    }
}

async fn authorize(provider: &dyn Provider, ask: Ask<'_>, again: Again) -> Result<Outcome, Trouble> {
    match again.known {
        None => {}
        Some(Lookup::Known(told)) if told.said != Said::Approved => return Ok(Outcome::Stands(*told)),
        Some(_) => again.may_repeat()?,
    }
    provider.authorize(ask).await.map(Outcome::Stands)
}

async fn capture(
    provider: &dyn Provider,
    ask: Ask<'_>,
    again: Again,
    amount: Money,
) -> Result<Outcome, Trouble> {
    match again.known {
        Some(Lookup::Known(told))
            if matches!(told.said, Said::Captured(_) | Said::Failed(_) | Said::Voided) =>
        {
            return Ok(Outcome::Stands(*told));
        }
        Some(Lookup::Known(_)) | None => {}
        Some(Lookup::Absent | Lookup::Unknown) => again.may_repeat()?,
    }
    provider.capture(ask, amount).await.map(Outcome::Stands)
}

async fn void(provider: &dyn Provider, ask: Ask<'_>) -> Result<Outcome, Trouble> {
    let told = provider.void(ask).await.map_err(|trouble| match trouble {
        // It is open all the same, and must end.
        Trouble::Refused(refused) => Trouble::no_answer(refused.to_string()),
        other => other,
    })?;
    match told.said {
        Said::Captured(_) | Said::Failed(_) | Said::Voided => Ok(Outcome::Stands(told)),
        _ => Err(Trouble::no_answer("it is still open after it was called off")),
    }
}

/// Calls another request of the payment off, or gives back what it took.
async fn end_twin(
    provider: &dyn Provider,
    ask: Ask<'_>,
    attempt: &Attempt,
    again: Again,
) -> Result<Made, Trouble> {
    match void(provider, ask).await? {
        Outcome::Stands(Snapshot { said: Said::Captured(amount), .. }) => {
            refund(provider, ask, attempt, again, amount).await
        }
        _ => Ok(Outcome::Nothing.into()),
    }
}

async fn refund(
    provider: &dyn Provider,
    ask: Ask<'_>,
    attempt: &Attempt,
    again: Again,
    amount: Money,
) -> Result<Made, Trouble> {
    let known = match attempt.tries > 1 {
        true => provider.refund_status(ask, attempt.reference.as_deref(), amount).await?,
        false => None,
    };
    let answer = match known {
        Some(refund) => Ok(refund),
        None => {
            again.may_repeat()?;
            provider.refund(ask, amount, &attempt.reason).await
        }
    };
    match answer {
        Ok(Refund { status: RefundStatus::Done, .. }) => Ok(Outcome::Refunded.into()),
        Ok(Refund { status: RefundStatus::Pending, reference }) => Ok(Made::OnItsWay(reference)),
        Ok(Refund { status: RefundStatus::Refused(why), .. }) => {
            Ok(Outcome::Refused(Refused::new(why, "the provider refuses the refund")).into())
        }
        Err(Trouble::Refused(refused)) => Ok(Outcome::Refused(refused).into()),
        Err(trouble) => Err(trouble),
    }
}
