//! The sandbox provider: a pretended company with books of its own, so that a question after a crash is answered
//! truthfully. What it does with a payment is chosen by the token or the amount, as the sandboxes of real ones do.
//!
//! | token | what happens |
//! |---|---|
//! | none, `tok_success` | paid at once; an amount that ends in 13 is declined |
//! | `tok_decline` | refused: `card_declined` |
//! | `tok_webhook` | waits until the customer chooses on the sandbox's page, or its signed webhook says succeeded or failed |
//! | `tok_expire` | waits for ever |
//! | any other | refused: `unknown_token` |

mod books;
mod webhook;

use axum::http::HeaderMap;
use futures::future::BoxFuture;
use secrecy::SecretString;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{id::PaymentId, money::Money};

use self::books::Status;
pub use self::{books::Page, webhook::Verdict};
use super::{NoAnswer, Notice, Provider, WebhookError};
use crate::domain::{Payment, Said};

/// What its name is.
pub const NAME: &str = "sandbox";

/// The pretended company.
#[derive(Debug)]
pub struct Sandbox {
    books: PgPool,
    clock: warung_chassis::clock::Clock,
    secret: SecretString,
    public_url: String,
}

impl Sandbox {
    /// A sandbox that keeps its books in this database.
    pub fn new(
        books: PgPool,
        clock: warung_chassis::clock::Clock,
        secret: SecretString,
        public_url: &str,
    ) -> Self {
        Self { books, clock, secret, public_url: public_url.trim_end_matches('/').to_owned() }
    }
}

impl Sandbox {
    /// What the page of a payment shows; none unless the customer was sent there.
    pub async fn page(&self, id: PaymentId) -> Result<Option<Page>, sqlx::Error> {
        books::page(&self.books, id).await
    }

    /// The customer pays or is refused on the page.
    pub async fn settle(&self, id: PaymentId, verdict: Verdict) -> Result<(), sqlx::Error> {
        books::decide(&self.books, id, verdict, self.clock.now()).await
    }
}

/// What becomes of a new payment.
fn decide(token: Option<&str>, amount_minor: i64) -> (Status, Option<&'static str>) {
    match token {
        None | Some("tok_success") if amount_minor % 100 == 13 => (Status::Failed, Some("card_declined")),
        None | Some("tok_success") => (Status::Succeeded, None),
        Some("tok_decline") => (Status::Failed, Some("card_declined")),
        Some("tok_webhook" | "tok_expire") => (Status::Pending, None),
        Some(_) => (Status::Failed, Some("unknown_token")),
    }
}

impl Provider for Sandbox {
    fn name(&self) -> &'static str {
        NAME
    }

    fn open<'a>(&'a self, _: Uuid, payment: &'a Payment) -> BoxFuture<'a, Result<Said, NoAnswer>> {
        Box::pin(async move {
            let token = payment.token.as_deref();
            let (status, reason) = decide(token, payment.amount.amount_minor);
            let by_redirect = token == Some("tok_webhook");
            let entry = books::Entry { status, reason: reason.map(str::to_owned), by_redirect };
            // The payment's id is the key: opened again, it is as it was.
            books::open(&self.books, payment, &entry, self.clock.now()).await?;
            let entry = books::find(&self.books, payment.id).await?;
            let entry =
                entry.ok_or_else(|| NoAnswer("the payment just opened is not in the books".into()))?;
            Ok(entry.said(&self.public_url, payment.id))
        })
    }

    fn lookup<'a>(&'a self, payment: &'a Payment) -> BoxFuture<'a, Result<Option<Said>, NoAnswer>> {
        Box::pin(async move {
            let entry = books::find(&self.books, payment.id).await?;
            Ok(entry.map(|entry| entry.said(&self.public_url, payment.id)))
        })
    }

    fn void<'a>(&'a self, _: Uuid, payment: &'a Payment) -> BoxFuture<'a, Result<Said, NoAnswer>> {
        Box::pin(async move {
            books::void(&self.books, payment.id, self.clock.now()).await?;
            let entry = books::find(&self.books, payment.id).await?;
            Ok(entry.map_or(Said::Voided, |entry| entry.said(&self.public_url, payment.id)))
        })
    }

    fn refund<'a>(
        &'a self,
        attempt: Uuid,
        payment: &'a Payment,
        amount: Money,
    ) -> BoxFuture<'a, Result<(), NoAnswer>> {
        Box::pin(async move {
            Ok(books::refund(&self.books, attempt, payment.id, amount, self.clock.now()).await?)
        })
    }

    fn webhook<'a>(
        &'a self,
        headers: &'a HeaderMap,
        body: &'a [u8],
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Notice, WebhookError>> {
        Box::pin(async move {
            let message = webhook::verify(&self.secret, headers, body, now)?;
            // Nobody else plays the customer: the signed message is at once what the customer did at the sandbox, so it
            // goes into the books before the books are asked.
            books::decide(&self.books, message.payment_id, message.status, now)
                .await
                .map_err(NoAnswer::from)?;
            Ok(Notice { event_id: message.event_id, payment_id: message.payment_id })
        })
    }
}
