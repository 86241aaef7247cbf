//! PayPal: Orders v2 and Payments v2. <https://developer.paypal.com>. No rupiah.
//!
//! The buyer approves an order on PayPal's page; no money is set aside before we capture or authorise it. Orders are found
//! by PayPal's own id alone: one whose answer was lost is opened again with the same key, which gives the same order.

mod call;
mod map;
#[cfg(test)]
mod tests;
mod token;
pub mod webhook;
mod wire;

use std::sync::Arc;

use axum::http::HeaderMap;
use futures::future::BoxFuture;
use secrecy::SecretString;
use time::{Duration, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};
use warung_chassis::{config::Reader, service::Context};
use warung_contracts::money::Money;

use self::{token::Token, webhook::Certificates};
use super::{
    Answer, Ask, Disputed, Lookup, Notice, Provider, Refund, Refused, Snapshot, Trouble, WebhookError,
    http::Client,
};
use crate::domain::{Payment, Said};

/// What its name is.
pub const NAME: &str = "paypal";

/// The company.
#[derive(Debug)]
pub struct PayPal {
    client: Client,
    token: Token,
    /// Our webhook's id there, which its signatures cover.
    webhook_id: String,
    certificates: Certificates,
    /// Where a customer goes who has no other place.
    public_url: String,
}

/// The company with this shop's app.
pub fn from_settings(reader: &mut Reader<'_>, context: &Context) -> Option<Arc<dyn Provider>> {
    let id = SecretString::from(reader.required("WARUNG_PAYPAL_CLIENT_ID"));
    let secret = SecretString::from(reader.required("WARUNG_PAYPAL_CLIENT_SECRET"));
    let webhook_id = reader.required("WARUNG_PAYPAL_WEBHOOK_ID");
    let url = reader.text("WARUNG_PAYPAL_URL");
    let client =
        Client::new(&url).map_err(|fault| reader.fault(format!("WARUNG_PAYPAL_URL: {fault}"))).ok()?;
    Some(Arc::new(PayPal {
        token: Token::new(id, secret),
        webhook_id,
        certificates: Certificates::new(&url),
        public_url: context.common.public_url.trim_end_matches('/').to_owned(),
        client,
    }))
}

impl Provider for PayPal {
    fn name(&self) -> &'static str {
        NAME
    }

    /// Orders forget keys first: after six hours.
    fn key_lifetime(&self) -> Duration {
        Duration::hours(6)
    }

    fn accepts(&self, payment: &Payment) -> Result<(), Refused> {
        map::money(payment.amount)?;
        match payment.method.as_deref() {
            None | Some("paypal") => Ok(()),
            Some(other) => Err(Refused::new("method_not_supported", format!("{other:?} is no method here"))),
        }
    }

    fn open<'a>(&'a self, ask: Ask<'a>) -> Answer<'a, Snapshot> {
        Box::pin(self.create(ask))
    }

    fn lookup<'a>(&'a self, payment: &'a Payment) -> Answer<'a, Lookup> {
        Box::pin(async move {
            let Some(id) = payment.reference.as_deref() else { return Ok(Lookup::Unknown) };
            // An order that nobody approved in time is gone: nothing was and nothing will be captured.
            match self.order(id).await? {
                Some(order) => Ok(self.standing(&order, payment).await?.into()),
                None => Ok(Snapshot::from(Said::Voided).into()),
            }
        })
    }

    fn authorize<'a>(&'a self, ask: Ask<'a>) -> Answer<'a, Snapshot> {
        Box::pin(self.complete(ask, "authorize"))
    }

    fn capture<'a>(&'a self, ask: Ask<'a>, amount: Money) -> Answer<'a, Snapshot> {
        Box::pin(self.take(ask, amount))
    }

    fn void<'a>(&'a self, ask: Ask<'a>) -> Answer<'a, Snapshot> {
        Box::pin(self.end(ask))
    }

    fn refund<'a>(&'a self, ask: Ask<'a>, amount: Money, reason: &'a str) -> Answer<'a, Refund> {
        Box::pin(self.give_back(ask, amount, reason))
    }

    fn refund_status<'a>(
        &'a self,
        ask: Ask<'a>,
        reference: Option<&'a str>,
        _: Money,
    ) -> Answer<'a, Option<Refund>> {
        Box::pin(self.given_back(ask, reference))
    }

    fn dispute<'a>(&'a self, reference: &'a str) -> Answer<'a, Option<Disputed>> {
        Box::pin(self.case(reference))
    }

    fn disputes(&self, since: OffsetDateTime) -> Answer<'_, Vec<String>> {
        Box::pin(async move {
            let since = since.to_offset(UtcOffset::UTC).truncate_to_second().format(&Rfc3339);
            let since = since.map_err(|error| Trouble::permanent(error.to_string()))?;
            self.cases(&format!("update_time_after={since}&page_size=50")).await
        })
    }

    fn webhook<'a>(
        &'a self,
        headers: &'a HeaderMap,
        body: &'a [u8],
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Notice, WebhookError>> {
        Box::pin(self.verify(headers, body, now))
    }
}
