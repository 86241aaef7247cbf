//! What providers answer, in our words.

use std::time::Duration;

use time::OffsetDateTime;
use warung_contracts::{id::PaymentId, money::Money};

use crate::domain::{Hidden, Said, difference, dispute};

/// How a payment stands at its provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub said: Said,
    /// The provider's id of it.
    pub reference: Option<String>,
    /// With it the customer's browser confirms the payment at the provider.
    pub client_secret: Option<Hidden>,
    /// When an authorisation lapses, where they tell.
    pub authorized_until: Option<OffsetDateTime>,
    /// What a webhook reported as paid, which they don't tell when they are asked ([`Notice::reported`]).
    pub reported: Option<Money>,
    /// All that went back so far, where they tell.
    pub refunded: Option<Money>,
    /// What they keep for their work, where they tell.
    pub fee: Option<Money>,
    /// What a person should see, in a word: `charged_back_in_part`, `in_review`.
    pub alarm: Option<&'static str>,
    /// Its disputes, as far as they tell them with it.
    pub disputes: Vec<dispute::Told>,
}

impl From<Said> for Snapshot {
    fn from(said: Said) -> Self {
        Self {
            said,
            reference: None,
            client_secret: None,
            authorized_until: None,
            reported: None,
            refunded: None,
            fee: None,
            alarm: None,
            disputes: Vec::new(),
        }
    }
}

/// What a provider knows of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    Known(Box<Snapshot>),
    /// It truthfully never heard of it.
    Absent,
    /// It can't tell without its own id, which we don't have: the opening is repeated with the same key.
    Unknown,
}

impl From<Snapshot> for Lookup {
    fn from(told: Snapshot) -> Self {
        Self::Known(Box::new(told))
    }
}

impl Snapshot {
    /// Whether the provider looks at it before it sets the money aside or takes it: nobody else has to do anything.
    pub fn is_in_review(&self) -> bool {
        matches!(self.said, Said::Pending(_)) && self.alarm == Some(difference::IN_REVIEW)
    }

    /// The same, with what is told of a dispute now.
    pub fn disputed(&mut self, told: dispute::Told) {
        self.disputes.retain(|known| known.reference != told.reference);
        self.disputes.push(told);
    }
}

/// A dispute at its provider, and of which payment it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disputed {
    pub about: About,
    pub told: dispute::Told,
}

/// A refund at its provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The provider's id of it.
    pub reference: Option<String>,
    pub status: RefundStatus,
}

/// How far a refund is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundStatus {
    Done,
    /// On its way; asked about again later.
    Pending,
    /// Refused for good, with a reason in a word.
    Refused(String),
}

/// A call that brought no answer, or one that doesn't say whether it acted: made again with the same key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the provider did not answer: {why}")]
pub struct NoAnswer {
    pub why: String,
    /// Not before this, where the provider says so (`Retry-After`).
    pub after: Option<Duration>,
}

impl NoAnswer {
    /// No answer, for this reason.
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), after: None }
    }
}

/// The provider says no for good, and did nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the provider refuses: {code} ({message})")]
pub struct Refused {
    /// In a word, such as `card_declined`.
    pub code: String,
    /// For people who read logs.
    pub message: String,
}

impl Refused {
    /// A refusal.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }
}

/// Our request or account is wrong: nothing happened, and only a person can mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the provider can't be used so: {why}")]
pub struct Permanent {
    pub why: String,
}

/// Why a call has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Permanent(#[from] Permanent),
}

impl Trouble {
    /// No answer, for this reason.
    pub fn no_answer(why: impl Into<String>) -> Self {
        Self::NoAnswer(NoAnswer::new(why))
    }

    /// A request or account that is wrong.
    pub fn permanent(why: impl Into<String>) -> Self {
        Self::Permanent(Permanent { why: why.into() })
    }
}

impl From<sqlx::Error> for NoAnswer {
    fn from(error: sqlx::Error) -> Self {
        Self::new(error.to_string())
    }
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        Self::NoAnswer(error.into())
    }
}

/// What a webhook speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    Payment(PaymentId),
    /// A request for this payment, by the provider's id of it: where a lost answer can leave several.
    Request {
        payment: PaymentId,
        reference: String,
    },
    /// The payment with this id of the provider's.
    Reference(String),
    /// Nothing that we use: stored, and done.
    Nothing,
}

impl About {
    /// The payment of ours that it names.
    pub fn payment(&self) -> Option<PaymentId> {
        match self {
            Self::Payment(payment) | Self::Request { payment, .. } => Some(*payment),
            Self::Reference(_) | Self::Nothing => None,
        }
    }

    /// The provider's id that it names.
    pub fn reference(&self) -> Option<&String> {
        match self {
            Self::Request { reference, .. } | Self::Reference(reference) => Some(reference),
            Self::Payment(_) | Self::Nothing => None,
        }
    }
}

/// A verified webhook. What it says of the payment is not believed: the provider is asked. An amount that differs is the
/// exception, for it can only make a person look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The provider's id of the webhook.
    pub event_id: String,
    pub about: About,
    /// What it says was paid, from a provider whose answers only say what was asked: another amount is held.
    pub reported: Option<Money>,
    /// The dispute that it speaks of, by the provider's id: it is asked about, too.
    pub dispute: Option<String>,
}

/// Bytes of a provider's id at most, of a webhook or of a payment; theirs have some 100. An index takes no more than 2,700.
const ID_MAX: usize = 500;

impl Notice {
    /// Itself, when the database can keep it.
    ///
    /// # Errors
    ///
    /// [`WebhookError::Malformed`] when an id is empty, too long, or holds the character NUL, which PostgreSQL does not
    /// take in a text.
    pub fn keepable(self) -> Result<Self, WebhookError> {
        let reference = self.about.reference();
        let bad = |id: &String| id.is_empty() || id.len() > ID_MAX || id.contains('\0');
        if std::iter::once(&self.event_id).chain(reference).chain(&self.dispute).any(bad) {
            return Err(WebhookError::Malformed(format!("ids have 1 to {ID_MAX} bytes, without NUL")));
        }
        Ok(self)
    }
}

/// Why a webhook is not taken.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    #[error("the signature is missing or malformed: {0}")]
    Unsigned(&'static str),
    #[error("the signature is not ours")]
    Forged,
    #[error("it was signed more than {0} minutes ago or ahead")]
    Stale(i64),
    #[error("the body is not what this provider sends: {0}")]
    Malformed(String),
    #[error("it can't be noted now")]
    NoAnswer(#[from] NoAnswer),
}
