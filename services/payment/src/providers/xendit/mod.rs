//! Xendit: invoices v2 (a page with every method) and the Payments API v3 (card, e-wallets, QRIS, bank transfer).
//! <https://docs.xendit.co>.
//!
//! Our payment's id is their `external_id` or `reference_id`. Invoices are found by it; payment requests only by their own
//! id. One whose answer was lost is followed by another, `pay_…-2`, where a customer has to act, for nobody has seen how to
//! pay the first. One with the customer's card may have been taken as it was made: its webhook is waited for, which names it.

mod call;
mod map;
#[cfg(test)]
mod tests;
pub mod webhook;
mod wire;

use std::sync::Arc;

use axum::http::HeaderMap;
use futures::future::BoxFuture;
use secrecy::SecretString;
use time::{Duration, OffsetDateTime};
use warung_chassis::{clock::Clock, config::Reader, service::Context};
use warung_contracts::money::Money;

use self::map::Plan;
use super::{
    Answer, Ask, Lookup, Notice, Provider, Refund, Refused, Snapshot, Trouble, WebhookError, http::Client,
    notation,
};
use crate::domain::{Payment, Said};

/// What its name is.
pub const NAME: &str = "xendit";

/// Names tried for one payment.
const NAMES_MAX: u8 = 3;

/// The company.
#[derive(Debug)]
pub struct Xendit {
    client: Client,
    key: SecretString,
    callback_token: SecretString,
    clock: Clock,
}

/// The company with this shop's keys.
pub fn from_settings(reader: &mut Reader<'_>, context: &Context) -> Option<Arc<dyn Provider>> {
    let key = SecretString::from(reader.required("WARUNG_XENDIT_SECRET_KEY"));
    let callback_token = SecretString::from(reader.required("WARUNG_XENDIT_CALLBACK_TOKEN"));
    let url = reader.text("WARUNG_XENDIT_URL");
    match Client::new(&url) {
        Ok(client) => Some(Arc::new(Xendit { client, key, callback_token, clock: context.clock.clone() })),
        Err(fault) => {
            reader.fault(format!("WARUNG_XENDIT_URL: {fault}"));
            None
        }
    }
}

impl Xendit {
    async fn begin(&self, ask: Ask<'_>) -> Result<Snapshot, Trouble> {
        let Plan::Channel(channel) = map::plan(ask.payment)? else {
            return self.open_invoice(ask).await;
        };
        for n in 1..=NAMES_MAX {
            let name = notation::name(ask.payment.id, n);
            if let Some(request) = self.open_request(ask, &channel, &name).await? {
                return Ok(map::request(&request, None, ask.payment));
            }
            if map::may_be_taken_at_once(ask.payment) {
                return Err(Trouble::no_answer("the card may have been charged: the webhook will say"));
            }
        }
        Err(Trouble::no_answer("every name of the payment is taken"))
    }

    async fn standing(&self, payment: &Payment) -> Result<Lookup, Trouble> {
        let invoice = map::plan(payment).is_ok_and(|plan| plan == Plan::Invoice);
        match (payment.reference.as_deref(), invoice) {
            (Some(id), true) => {
                let invoice = self.invoice(id).await?;
                Ok(own(&invoice.external_id, payment, || map::invoice(&invoice, payment)))
            }
            (Some(id), false) => {
                let (request, latest) = self.request(id).await?;
                Ok(own(&request.reference_id, payment, || map::request(&request, latest.as_ref(), payment)))
            }
            (None, true) => {
                let found = self.invoice_of(payment).await?;
                Ok(found.map_or(Lookup::Absent, |invoice| map::invoice(&invoice, payment).into()))
            }
            (None, false) if self.clock.now() > payment.expires_at => Ok(map::unseen(payment).into()),
            (None, false) => Ok(Lookup::Unknown),
        }
    }

    /// How it stands, as an answer of a call that changes it.
    async fn now(&self, payment: &Payment) -> Result<Snapshot, Trouble> {
        match self.standing(payment).await? {
            Lookup::Known(told) => Ok(*told),
            // Nobody was ever told how to pay it.
            Lookup::Absent | Lookup::Unknown => Ok(Said::Voided.into()),
        }
    }
}

/// How something of theirs stands, if it is this payment's: a webhook may name anything.
fn own(name: &str, payment: &Payment, told: impl FnOnce() -> Snapshot) -> Lookup {
    if notation::payment(name) == Some(payment.id) { told().into() } else { Lookup::Absent }
}

impl Provider for Xendit {
    fn name(&self) -> &'static str {
        NAME
    }

    /// They name none; their own retries end within a day.
    fn key_lifetime(&self) -> Duration {
        Duration::days(1)
    }

    fn accepts(&self, payment: &Payment) -> Result<(), Refused> {
        map::plan(payment).map(drop)
    }

    fn open<'a>(&'a self, ask: Ask<'a>) -> Answer<'a, Snapshot> {
        Box::pin(self.begin(ask))
    }

    fn lookup<'a>(&'a self, payment: &'a Payment) -> Answer<'a, Lookup> {
        Box::pin(self.standing(payment))
    }

    fn capture<'a>(&'a self, ask: Ask<'a>, amount: Money) -> Answer<'a, Snapshot> {
        Box::pin(self.take(ask, amount))
    }

    fn void<'a>(&'a self, ask: Ask<'a>) -> Answer<'a, Snapshot> {
        Box::pin(async move {
            self.end(ask.payment).await?;
            self.now(ask.payment).await
        })
    }

    fn refund<'a>(&'a self, ask: Ask<'a>, amount: Money, _: &'a str) -> Answer<'a, Refund> {
        Box::pin(self.give_back(ask, amount))
    }

    fn refund_status<'a>(
        &'a self,
        ask: Ask<'a>,
        reference: Option<&'a str>,
        _: Money,
    ) -> Answer<'a, Option<Refund>> {
        Box::pin(self.given_back(ask, reference))
    }

    fn webhook<'a>(
        &'a self,
        headers: &'a HeaderMap,
        body: &'a [u8],
        _: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Notice, WebhookError>> {
        Box::pin(async move { webhook::verify(&self.callback_token, headers, body) })
    }
}
