//! Midtrans: Snap v1 (a page with every method) and Core API v2 (card, GoPay, ShopeePay, QRIS, bank transfer).
//! <https://docs.midtrans.com>. Only rupiah, only whole ones.
//!
//! Our payment's id is their `order_id`. A name that they know for good without telling us how it stands (the answer of
//! Snap was lost) is followed by another one, `pay_…-2`: nobody has seen the page of the first.

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

use self::{map::Plan, wire::Transaction};
use super::{
    Answer, Ask, Lookup, Notice, Provider, Refund, RefundStatus, Refused, Snapshot, Trouble, WebhookError,
    http::Client, notation,
};
use crate::domain::{Payment, Said};

/// What its name is.
pub const NAME: &str = "midtrans";

/// Names tried for one payment.
const NAMES_MAX: u8 = 3;

/// The company.
#[derive(Debug)]
pub struct Midtrans {
    /// Core API.
    core: Client,
    /// Snap, which lives on a host of its own.
    snap: Client,
    key: SecretString,
    clock: Clock,
}

/// The company with this shop's key. On one's own machine both APIs are at one URL.
pub fn from_settings(reader: &mut Reader<'_>, context: &Context) -> Option<Arc<dyn Provider>> {
    let key = SecretString::from(reader.required("WARUNG_MIDTRANS_SERVER_KEY"));
    let mut client = |name: &str| {
        let url = reader.text(name);
        Client::new(&url).map_err(|fault| reader.fault(format!("{name}: {fault}"))).ok()
    };
    let (core, snap) = (client("WARUNG_MIDTRANS_URL")?, client("WARUNG_MIDTRANS_SNAP_URL")?);
    Some(Arc::new(Midtrans { core, snap, key, clock: context.clock.clone() }))
}

impl Midtrans {
    /// Opens by the first name that is free; one that is taken tells how it stands where it can.
    async fn charge(&self, ask: Ask<'_>, plan: &Plan) -> Result<Snapshot, Trouble> {
        for n in 1..=NAMES_MAX {
            let order_id = notation::name(ask.payment.id, n);
            let body = map::charge(ask.payment, plan, &order_id)?;
            let key = format!("{}-{n}", ask.key);
            let answer = self.post("/v2/charge", &key, &body).await?;
            if answer.status_code != "406" {
                return call::charged(answer, ask.payment, &order_id);
            }
            // An earlier try came through, and its answer was lost.
            let Some(known) = self.status(&order_id).await? else { continue };
            let told = map::snapshot(&known, ask.payment, &order_id);
            if !matches!(told.said, Said::Pending(_)) || map::action(&known).is_some() {
                return Ok(told);
            }
            // Nobody saw how to pay it, and nobody can be told again: it ends, and another takes its place.
            self.post(&format!("/v2/{order_id}/cancel"), &format!("{key}-end"), &serde_json::json!({}))
                .await?;
        }
        Err(Trouble::no_answer("every name of the payment is taken"))
    }

    async fn page(&self, ask: Ask<'_>, plan: &Plan) -> Result<Snapshot, Trouble> {
        for n in 1..=NAMES_MAX {
            let order_id = notation::name(ask.payment.id, n);
            let body = map::session(ask.payment, plan, &order_id)?;
            match self.session(&body).await? {
                call::Session::Open { token, url } => return Ok(map::opened(&order_id, &token, url)),
                // Its page was never seen: the next name.
                call::Session::Taken => {}
            }
        }
        Err(Trouble::no_answer("every name of the payment is taken"))
    }

    /// How the transaction of a payment stands. Before its customer has picked a method on the page there is none.
    async fn known(&self, payment: &Payment) -> Result<Option<Transaction>, Trouble> {
        self.status(&map::order_id(payment)).await
    }

    /// Calls a payment off. On the page nothing can be paid any more once it is closed, or has run out: also where what was
    /// tried on it was refused, which leaves a transaction that can't be called off, and a page on which another may follow.
    async fn end(&self, ask: Ask<'_>) -> Result<Snapshot, Trouble> {
        let payment = ask.payment;
        let free = |known: Option<&Transaction>| {
            known.is_none_or(|known| map::token(payment).is_some() && map::is_refused(known))
        };
        if free(self.known(payment).await?.as_ref()) && self.close_page(payment).await? {
            return Ok(Said::Voided.into());
        }
        let path = format!("/v2/{}/cancel", map::order_id(payment));
        self.post(&path, &ask.key.to_string(), &serde_json::json!({})).await?;
        // Whatever came of it: how it stands now is what counts.
        let known = self.known(payment).await?;
        Ok(match &known {
            Some(known)
                if map::token(payment).is_some() && map::is_refused(known) && self.has_run_out(payment) =>
            {
                Said::Voided.into()
            }
            Some(known) => map::snapshot(known, payment, &map::order_id(payment)),
            None if map::token(payment).is_some() && !self.has_run_out(payment) => map::waiting(payment),
            None => Said::Voided.into(),
        })
    }

    fn has_run_out(&self, payment: &Payment) -> bool {
        payment.expires_at <= self.clock.now()
    }

    async fn standing(&self, payment: &Payment) -> Result<Lookup, Trouble> {
        let order_id = map::order_id(payment);
        match self.status(&order_id).await? {
            Some(transaction) => Ok(map::snapshot(&transaction, payment, &order_id).into()),
            None if map::token(payment).is_some() => Ok(map::waiting(payment).into()),
            None => Ok(Lookup::Absent),
        }
    }
}

impl Provider for Midtrans {
    fn name(&self) -> &'static str {
        NAME
    }

    /// Keys live five minutes; what holds longer is that an order's name is taken once, and a refund's key for a week.
    fn key_lifetime(&self) -> Duration {
        Duration::days(7)
    }

    fn accepts(&self, payment: &Payment) -> Result<(), Refused> {
        map::plan(payment).map(drop)
    }

    fn open<'a>(&'a self, ask: Ask<'a>) -> Answer<'a, Snapshot> {
        Box::pin(async move {
            match map::plan(ask.payment)? {
                plan if plan.is_page() => self.page(ask, &plan).await,
                plan => self.charge(ask, &plan).await,
            }
        })
    }

    fn lookup<'a>(&'a self, payment: &'a Payment) -> Answer<'a, Lookup> {
        Box::pin(self.standing(payment))
    }

    fn capture<'a>(&'a self, ask: Ask<'a>, amount: Money) -> Answer<'a, Snapshot> {
        Box::pin(async move {
            let rupiah = map::rupiah(amount)?;
            let known = self.known(ask.payment).await?;
            let transaction =
                known.ok_or_else(|| Refused::new("nothing_to_capture", "there is no transaction"))?;
            let body =
                serde_json::json!({"transaction_id": transaction.transaction_id, "gross_amount": rupiah});
            let answer = self.post("/v2/capture", &ask.key.to_string(), &body).await?;
            match answer.refusal() {
                None => Ok(map::snapshot(&answer, ask.payment, &map::order_id(ask.payment))),
                Some(refused) => Err(refused.into()),
            }
        })
    }

    fn void<'a>(&'a self, ask: Ask<'a>) -> Answer<'a, Snapshot> {
        Box::pin(self.end(ask))
    }

    fn refund<'a>(&'a self, ask: Ask<'a>, amount: Money, reason: &'a str) -> Answer<'a, Refund> {
        Box::pin(self.give_back(ask, amount, reason))
    }

    fn refund_status<'a>(&'a self, ask: Ask<'a>, _: Option<&'a str>, _: Money) -> Answer<'a, Option<Refund>> {
        Box::pin(async move {
            let known = self.known(ask.payment).await?;
            let done = known.is_some_and(|transaction| transaction.gave_back(&ask.key.to_string()));
            Ok(done.then_some(Refund { reference: None, status: RefundStatus::Done }))
        })
    }

    fn webhook<'a>(
        &'a self,
        _: &'a HeaderMap,
        body: &'a [u8],
        _: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Notice, WebhookError>> {
        Box::pin(async move { webhook::verify(&self.key, body) })
    }
}
