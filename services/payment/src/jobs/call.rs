//! One call to a provider. When it is not the first try, an answer may have been lost: the provider is asked first.

use sqlx::PgPool;
use time::OffsetDateTime;
use warung_contracts::money::Money;

use crate::{
    commands::settle::Outcome,
    domain::{Payment, Said, State, difference},
    providers::{Ask, Lookup, Provider, Refund, RefundStatus, Refused, Snapshot, Trouble},
    store::attempts::{self, Attempt, Kind},
};

/// What a call came to.
#[derive(Debug)]
pub enum Made {
    Settled(Box<Outcome>),
    /// A refund that takes its time, with the provider's id of it.
    OnItsWay(Option<String>),
    /// What is to be taken or set aside, and the provider looks at first.
    InReview(Box<Snapshot>),
}

impl From<Outcome> for Made {
    fn from(outcome: Outcome) -> Self {
        Self::Settled(Box::new(outcome))
    }
}

/// What a call that takes money, or sets it aside, came to by how the payment stands.
impl From<Snapshot> for Made {
    fn from(told: Snapshot) -> Self {
        if told.is_in_review() { Self::InReview(Box::new(told)) } else { Outcome::Stands(told).into() }
    }
}

/// A call that is to be made, and what it is made with.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    pub provider: &'a dyn Provider,
    pub attempt: &'a Attempt,
    pub payment: &'a Payment,
    /// Where it is noted that it is sent.
    pub pool: &'a PgPool,
    pub now: OffsetDateTime,
}

impl Call<'_> {
    /// Makes it.
    ///
    /// # Errors
    ///
    /// When there is no answer, or only a person can mend it: it is made again.
    pub async fn make(self) -> Result<Made, Trouble> {
        let Self { payment, attempt, .. } = self;
        let answer = match attempt.kind {
            Kind::Open => self.open().await.map(Made::from),
            Kind::Authorize => self.authorize().await,
            Kind::Capture(amount) => self.capture(payment.money(amount)).await,
            Kind::Void => self.void().await.map(Made::from),
            Kind::Refund(amount) => return self.refund(payment.money(amount)).await,
            Kind::EndTwin => {
                let twin = Payment { reference: attempt.twin.clone(), ..payment.clone() };
                return Call { payment: &twin, ..self }.end_twin().await;
            }
        };
        match answer {
            Ok(made) => Ok(made),
            Err(Trouble::Refused(refused)) => Ok(Outcome::Refused(refused).into()),
            // A customer waits: what only a person can mend is a payment that failed.
            Err(Trouble::Permanent(why)) if matches!(attempt.kind, Kind::Open | Kind::Authorize) => {
                tracing::error!(payment = %payment.id, provider = payment.provider, error = %why, "a payment can't be opened");
                Ok(Outcome::Refused(Refused::new("provider_error", why.to_string())).into())
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// What the provider says of the payment, where the call was sent before and its answer is lost.
    async fn known(&self) -> Result<Option<Lookup>, Trouble> {
        match self.was_sent() {
            true => self.provider.lookup(self.payment).await.map(Some),
            false => Ok(None),
        }
    }

    /// Whether it may have acted already. What was never sent is no repeat, however long it waited.
    fn was_sent(&self) -> bool {
        self.attempt.tries > 0
    }

    /// Whether a request went out with the customer's card, which may be charged with nothing for the customer to do. The token is
    /// kept until the opening is answered, whoever is erased.
    fn sent_a_card(&self) -> bool {
        self.was_sent() && self.payment.token.is_some()
    }

    /// Whether the provider would take a repeat for something new.
    fn is_forgotten(&self) -> bool {
        self.attempt.sent_at.is_some_and(|sent| self.now - sent > self.provider.key_lifetime())
    }

    /// What is asked, noted as sent. Where only the key keeps it from acting twice and the provider knows the key no more, it
    /// is not.
    async fn repeat(&self) -> Result<Ask<'_>, Trouble> {
        match self.is_forgotten() {
            true => Err(Trouble::no_answer("the provider no longer knows the key; look there by hand")),
            false => self.send().await,
        }
    }

    /// What is asked, noted as sent: for what acts once by itself, or certainly has not acted.
    async fn send(&self) -> Result<Ask<'_>, Trouble> {
        attempts::sent(self.pool, self.attempt.id, self.now).await?;
        Ok(self.ask())
    }

    fn ask(&self) -> Ask<'_> {
        Ask { key: self.attempt.id, payment: self.payment }
    }

    async fn open(&self) -> Result<Outcome, Trouble> {
        let standing = &self.payment.standing;
        match self.known().await? {
            Some(Lookup::Known(told)) => return Ok(Outcome::Stands(*told)),
            // Its order ended before the provider heard of it: it is never opened.
            None | Some(Lookup::Absent) if standing.closing.is_some() => {
                return Ok(Outcome::Stands(Said::Voided.into()));
            }
            None | Some(Lookup::Absent) => {}
            // A repeat would open another. Nobody saw how to pay the first; one that was charged at once a person must find.
            Some(Lookup::Unknown) if self.is_forgotten() => {
                let alarm = self.sent_a_card().then_some(difference::REQUEST_UNKNOWN);
                return Ok(Outcome::Stands(Snapshot { alarm, ..Said::Voided.into() }));
            }
            // It may have been opened: the same key brings the same answer, and the machine calls it off where it must.
            Some(Lookup::Unknown) => {}
        }
        match standing.state {
            State::Opening => self.provider.open(self.send().await?).await.map(Outcome::Stands),
            _ => Ok(Outcome::Nothing),
        }
    }

    async fn authorize(&self) -> Result<Made, Trouble> {
        let ask = match self.known().await? {
            Some(Lookup::Known(told))
                if told.is_in_review() || !matches!(told.said, Said::Approved | Said::Pending(_)) =>
            {
                return Ok((*told).into());
            }
            // It is not set aside, by what the provider says; nor may it be, where the customer has to agree again.
            None | Some(Lookup::Known(_)) => self.send().await?,
            Some(Lookup::Absent | Lookup::Unknown) => self.repeat().await?,
        };
        self.provider.authorize(ask).await.map(Made::from)
    }

    async fn capture(&self, amount: Money) -> Result<Made, Trouble> {
        let ask = match self.known().await? {
            Some(Lookup::Known(told))
                if told.is_in_review()
                    || matches!(told.said, Said::Captured(_) | Said::Failed(_) | Said::Voided) =>
            {
                return Ok((*told).into());
            }
            Some(Lookup::Known(_)) | None => self.send().await?,
            Some(Lookup::Absent | Lookup::Unknown) => self.repeat().await?,
        };
        self.provider.capture(ask, amount).await.map(Made::from)
    }

    async fn void(&self) -> Result<Outcome, Trouble> {
        let told = self.provider.void(self.send().await?).await.map_err(|trouble| match trouble {
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
    async fn end_twin(&self) -> Result<Made, Trouble> {
        match self.void().await? {
            Outcome::Stands(Snapshot { said: Said::Captured(amount), .. }) => self.refund(amount).await,
            _ => Ok(Outcome::Nothing.into()),
        }
    }

    /// Gives money back. A refund is found by its key for ever, so that one that the provider does not have was never made,
    /// and is made again however old the key is.
    async fn refund(&self, amount: Money) -> Result<Made, Trouble> {
        let reference = self.attempt.reference.as_deref();
        let known = match self.was_sent() {
            true => self.provider.refund_status(self.ask(), reference, amount).await?,
            false => None,
        };
        let answer = match known {
            Some(refund) => Ok(refund),
            None => self.provider.refund(self.send().await?, amount, &self.attempt.reason).await,
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
}
