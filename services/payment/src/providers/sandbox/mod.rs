//! The sandbox provider: a pretended company with books of its own, so that a question after a crash is answered
//! truthfully. What it does with a payment is chosen by the token or the amount, as the sandboxes of real ones do.
//!
//! | token | what happens |
//! |---|---|
//! | none, `tok_success` | paid at once (set aside, where the shop captures by hand); an amount that ends in 13 is declined |
//! | `tok_authorize` | set aside at once |
//! | `tok_approve` | approved by the customer: nothing is set aside before the shop asks |
//! | `tok_decline` | refused: `card_declined` |
//! | `tok_webhook` | waits until the customer chooses on the sandbox's page, or its signed webhook says succeeded or failed |
//! | `tok_expire` | waits for ever |
//! | `tok_capture_refused` | set aside; never taken: `authorization_expired` |
//! | `tok_capture_declined` | set aside; not taken for now: `insufficient_funds` |
//! | `tok_refund_refused` | paid; nothing goes back: `refund_not_possible` |
//! | `tok_refund_slow` | paid; refunds are on their way until asked about again |
//! | `tok_differs`, `tok_overpays`, `tok_foreign` | paid, a minor unit less or more, or in another currency: held |
//! | any other | refused: `unknown_token` |
//!
//! Its signed webhook also says `disputed`, `dispute_won` and `dispute_lost` of what was paid, with `amount_minor` of a part;
//! its page has buttons for that.

mod books;
mod script;
pub mod webhook;

use std::sync::Arc;

use axum::http::HeaderMap;
use futures::future::BoxFuture;
use secrecy::SecretString;
use sqlx::PgPool;
use time::{Duration, OffsetDateTime};
use warung_chassis::{clock::Clock, config::Reader, service::Context};
use warung_contracts::{id::PaymentId, money::Money};

use self::books::Status;
pub use self::{books::Page, webhook::Verdict};
use super::{
    About, Answer, Ask, Lookup, NoAnswer, Notice, Provider, Refund, RefundStatus, Refused, Snapshot,
    WebhookError,
};
use crate::domain::{Payment, Said};

/// What its name is.
pub const NAME: &str = "sandbox";

/// The pretended company.
#[derive(Debug)]
pub struct Sandbox {
    books: PgPool,
    clock: Clock,
    secret: SecretString,
    public_url: String,
}

/// The sandbox that keeps its books in the service's database.
pub fn from_settings(reader: &mut Reader<'_>, context: &Context) -> Arc<Sandbox> {
    Arc::new(Sandbox {
        books: context.db().pool().clone(),
        clock: context.clock.clone(),
        secret: reader.secret("WARUNG_SANDBOX_WEBHOOK_SECRET"),
        public_url: context.common.public_url.trim_end_matches('/').to_owned(),
    })
}

impl Sandbox {
    /// What the page of a payment shows; none unless the customer was sent there.
    pub async fn page(&self, id: PaymentId) -> Result<Option<Page>, sqlx::Error> {
        books::page(&self.books, id).await
    }

    /// The customer pays, is refused, or contests what they paid, on the page.
    pub async fn settle(&self, id: PaymentId, verdict: Verdict) -> Result<(), sqlx::Error> {
        books::decide(&self.books, id, (verdict, None), self.clock.now()).await
    }

    fn said(&self, entry: &books::Entry, payment: &Payment) -> Said {
        entry.said(&self.public_url, payment.id)
    }

    /// Brings a payment from one of these states to another, and says how it stands.
    async fn advance(
        &self,
        payment: &Payment,
        change: (&[Status], Status),
        taken: Option<Money>,
    ) -> Result<Option<Snapshot>, sqlx::Error> {
        books::advance(&self.books, payment.id, change, taken, self.clock.now()).await?;
        let entry = books::find(&self.books, payment.id).await?;
        Ok(entry.map(|entry| self.said(&entry, payment).into()))
    }

    async fn script(&self, payment: &Payment) -> Result<Option<String>, sqlx::Error> {
        Ok(books::find(&self.books, payment.id).await?.and_then(|entry| entry.script))
    }
}

/// A payment that the books should have.
fn missing() -> NoAnswer {
    NoAnswer::new("the payment is not in the books")
}

impl Provider for Sandbox {
    fn name(&self) -> &'static str {
        NAME
    }

    fn key_lifetime(&self) -> Duration {
        // Its keys are rows.
        Duration::MAX
    }

    fn accepts(&self, _: &Payment) -> Result<(), Refused> {
        Ok(())
    }

    fn open<'a>(&'a self, ask: Ask<'a>) -> Answer<'a, Snapshot> {
        Box::pin(async move {
            let begin = script::begin(ask.payment);
            let entry = books::open(&self.books, ask.payment, &begin, self.clock.now()).await?;
            Ok(self.said(&entry, ask.payment).into())
        })
    }

    fn lookup<'a>(&'a self, payment: &'a Payment) -> Answer<'a, Lookup> {
        Box::pin(async move {
            let Some(entry) = books::find(&self.books, payment.id).await? else { return Ok(Lookup::Absent) };
            let went_back = books::went_back(&self.books, payment.id).await?;
            let refunded = Some(Money::new(went_back, entry.amount.currency));
            let told = books::disputed(&self.books, payment.id, entry.amount.currency).await?;
            let disputes = told.into_iter().collect();
            Ok(Snapshot { refunded, disputes, ..self.said(&entry, payment).into() }.into())
        })
    }

    fn authorize<'a>(&'a self, ask: Ask<'a>) -> Answer<'a, Snapshot> {
        Box::pin(async move {
            let change = (&[Status::Approved][..], Status::Authorized);
            Ok(self.advance(ask.payment, change, None).await?.ok_or_else(missing)?)
        })
    }

    fn capture<'a>(&'a self, ask: Ask<'a>, amount: Money) -> Answer<'a, Snapshot> {
        Box::pin(async move {
            let refused = match self.script(ask.payment).await?.as_deref() {
                Some("tok_capture_refused") => Some("authorization_expired"),
                Some("tok_capture_declined") => Some("insufficient_funds"),
                _ => None,
            };
            if let Some(code) = refused {
                return Err(Refused::new(code, "the token says so").into());
            }
            let change = (&[Status::Approved, Status::Authorized][..], Status::Succeeded);
            Ok(self.advance(ask.payment, change, Some(amount)).await?.ok_or_else(missing)?)
        })
    }

    fn void<'a>(&'a self, ask: Ask<'a>) -> Answer<'a, Snapshot> {
        Box::pin(async move {
            let change = (&[Status::Pending, Status::Approved, Status::Authorized][..], Status::Voided);
            Ok(self.advance(ask.payment, change, None).await?.unwrap_or_else(|| Said::Voided.into()))
        })
    }

    fn refund<'a>(&'a self, ask: Ask<'a>, amount: Money, _: &'a str) -> Answer<'a, Refund> {
        Box::pin(async move {
            let status = match self.script(ask.payment).await?.as_deref() {
                Some("tok_refund_refused") => RefundStatus::Refused("refund_not_possible".to_owned()),
                script => {
                    books::refund(&self.books, ask.key, ask.payment.id, amount, self.clock.now()).await?;
                    match script {
                        Some("tok_refund_slow") => RefundStatus::Pending,
                        _ => RefundStatus::Done,
                    }
                }
            };
            Ok(Refund { reference: None, status })
        })
    }

    fn refund_status<'a>(&'a self, ask: Ask<'a>, _: Option<&'a str>, _: Money) -> Answer<'a, Option<Refund>> {
        Box::pin(async move {
            let done = books::refunded(&self.books, ask.key).await?;
            Ok(done.then_some(Refund { reference: None, status: RefundStatus::Done }))
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
            let verdict = (message.status, message.amount_minor);
            books::decide(&self.books, message.payment_id, verdict, now).await.map_err(NoAnswer::from)?;
            Ok(Notice {
                event_id: message.event_id,
                about: About::Payment(message.payment_id),
                reported: None,
                dispute: None,
            })
        })
    }
}
