//! Stripe, by payment intents. `wire` is their JSON, `map` ours ⇄ theirs, `amount` how they write money, `webhook` the
//! check of what they send.

pub mod amount;
mod map;
#[cfg(test)]
mod tests;
pub mod webhook;
mod wire;

use std::sync::Arc;

use axum::http::HeaderMap;
use futures::future::BoxFuture;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use time::{Duration, OffsetDateTime};
use warung_chassis::{config::Reader, service::Context};
use warung_contracts::money::Money;

use super::{
    Answer, Ask, Disputed, Lookup, Notice, Provider, Refund, Refused, Snapshot, Trouble, WebhookError,
    http::{Call, Client, Reply},
};
use crate::domain::{Payment, Said};

/// What its name is.
pub const NAME: &str = "stripe";
/// The version whose JSON `wire` reads.
const VERSION: &str = "2026-08-26.dahlia";
/// Stripe promises 24 hours; an hour less leaves time for a call under way.
const KEY_LIFETIME: Duration = Duration::hours(23);
/// Pages of a list that are read, of a hundred each.
const PAGES_MAX: usize = 10;
/// With the charge and what Stripe keeps of it.
const EXPANDED: &str = "expand[]=latest_charge.balance_transaction";

/// Stripe.
#[derive(Debug)]
pub struct Stripe {
    client: Client,
    key: SecretString,
    /// Two while the secret is being changed.
    webhook_secrets: Vec<SecretString>,
}

/// Stripe, as the settings say; what is wrong is noted as a fault.
pub fn from_settings(reader: &mut Reader<'_>, _: &Context) -> Option<Arc<Stripe>> {
    let key = reader.required("WARUNG_STRIPE_SECRET_KEY").into();
    let secrets = reader.required("WARUNG_STRIPE_WEBHOOK_SECRET");
    let url = reader.text("WARUNG_STRIPE_URL");
    match Client::new(&url) {
        Ok(client) => Some(Arc::new(Stripe::new(client, key, &secrets))),
        Err(fault) => {
            reader.fault(format!("WARUNG_STRIPE_URL: {fault}"));
            None
        }
    }
}

impl Stripe {
    /// Stripe through this client; the webhooks' secrets are separated by commas.
    pub fn new(client: Client, key: SecretString, webhook_secrets: &str) -> Self {
        let webhook_secrets = webhook_secrets
            .split(',')
            .map(str::trim)
            .filter(|secret| !secret.is_empty())
            .map(SecretString::from)
            .collect();
        Self { client, key, webhook_secrets }
    }

    fn get(&self, path: &str) -> Call<'_> {
        self.client.get(path).basic(&self.key, None).header("stripe-version", VERSION)
    }

    fn post(&self, path: &str, ask: Ask<'_>, form: &map::Form) -> Call<'_> {
        let call = self.client.post(path).basic(&self.key, None).header("stripe-version", VERSION);
        call.key("idempotency-key", &ask.key.to_string()).form(form)
    }

    async fn intent(&self, reference: &str) -> Result<wire::Intent, Trouble> {
        read(&self.get(&format!("/v1/payment_intents/{reference}?{EXPANDED}")).send().await?)
    }

    /// The disputes that a query finds, newest first.
    async fn listed(&self, query: &str) -> Result<Vec<wire::Dispute>, Trouble> {
        let mut found: Vec<wire::Dispute> = Vec::new();
        for _ in 0..PAGES_MAX {
            let after = found.last().map(|last| format!("&starting_after={}", last.id)).unwrap_or_default();
            let path = format!("/v1/disputes?{query}&limit=100{after}");
            let page: wire::List<wire::Dispute> = read(&self.get(&path).send().await?)?;
            let more = page.has_more && !page.data.is_empty();
            found.extend(page.data);
            if !more {
                break;
            }
        }
        Ok(found)
    }

    /// Does something to an intent. Where it ended meanwhile, that is the answer, in whatever words the call was refused.
    async fn act(&self, ask: Ask<'_>, action: &str, form: &map::Form) -> Result<Snapshot, Trouble> {
        let reference = reference(ask.payment)?;
        let path = format!("/v1/payment_intents/{reference}/{action}");
        let trouble = match read(&self.post(&path, ask, form).send().await?) {
            Ok(intent) => return Ok(map::snapshot(&intent)?),
            Err(trouble @ Trouble::NoAnswer(_)) => return Err(trouble),
            Err(trouble) => trouble,
        };
        let told = map::snapshot(&self.intent(reference).await?)?;
        let by_its_state = matches!(&trouble, Trouble::Refused(refused) if refused.code == "payment_intent_unexpected_state");
        match told.said {
            Said::Captured(_) | Said::Voided | Said::Failed(_) => Ok(told),
            _ if by_its_state && action == "cancel" => Ok(told),
            _ => Err(trouble),
        }
    }
}

/// The intent's id, which comes with the answer to the opening.
fn reference(payment: &Payment) -> Result<&str, Trouble> {
    payment.reference.as_deref().ok_or_else(|| Trouble::no_answer("its id at Stripe is not known yet"))
}

/// What a success holds, or what the failure means.
fn read<T: DeserializeOwned>(reply: &Reply) -> Result<T, Trouble> {
    if reply.is_success() {
        return Ok(reply.json()?);
    }
    let body: wire::ErrorBody = reply.json()?;
    Err(map::trouble(reply.status.as_u16(), &body.error))
}

impl Provider for Stripe {
    fn name(&self) -> &'static str {
        NAME
    }

    fn key_lifetime(&self) -> Duration {
        KEY_LIFETIME
    }

    fn accepts(&self, payment: &Payment) -> Result<(), Refused> {
        let currency = payment.amount.currency;
        if !amount::knows(currency) {
            return Err(Refused::new("currency_not_supported", format!("Stripe does not take {currency}")));
        }
        let method = payment.method.as_deref();
        if let Some(method) = method.filter(|method| !map::METHODS.contains(method)) {
            return Err(Refused::new("method_not_supported", format!("Stripe has no {method:?}")));
        }
        map::minor(payment.amount).map(drop)
    }

    fn open<'a>(&'a self, ask: Ask<'a>) -> Answer<'a, Snapshot> {
        Box::pin(async move {
            let form = map::open(ask.payment)?;
            let reply = self.post("/v1/payment_intents", ask, &form).send().await?;
            if !reply.is_success() {
                let body: wire::ErrorBody = reply.json()?;
                // A card that was declined has an intent all the same, by whose id it can be asked for.
                if let Some(intent) = &body.error.payment_intent {
                    let reference = Some(intent.id.clone());
                    return Ok(Snapshot { reference, ..Said::Failed(body.error.word().to_owned()).into() });
                }
                return Err(map::trouble(reply.status.as_u16(), &body.error));
            }
            Ok(map::snapshot(&reply.json()?)?)
        })
    }

    fn lookup<'a>(&'a self, payment: &'a Payment) -> Answer<'a, Lookup> {
        Box::pin(async move {
            let Some(reference) = &payment.reference else { return Ok(Lookup::Unknown) };
            let reply = self.get(&format!("/v1/payment_intents/{reference}?{EXPANDED}")).send().await?;
            if reply.status.as_u16() == 404 {
                return Ok(Lookup::Absent);
            }
            let intent: wire::Intent = read(&reply)?;
            if !map::is_of(&intent, payment) {
                return Ok(Lookup::Absent);
            }
            let mut told = map::snapshot(&intent)?;
            if map::is_disputed(&intent) {
                for dispute in self.listed(&format!("payment_intent={reference}")).await? {
                    told.disputed(map::dispute(&dispute)?.told);
                }
            }
            Ok(told.into())
        })
    }

    fn capture<'a>(&'a self, ask: Ask<'a>, amount: Money) -> Answer<'a, Snapshot> {
        Box::pin(async move {
            let form = vec![("amount_to_capture", map::minor(amount)?.to_string())];
            self.act(ask, "capture", &form).await
        })
    }

    fn void<'a>(&'a self, ask: Ask<'a>) -> Answer<'a, Snapshot> {
        Box::pin(async move { self.act(ask, "cancel", &Vec::new()).await })
    }

    fn refund<'a>(&'a self, ask: Ask<'a>, amount: Money, _: &'a str) -> Answer<'a, Refund> {
        Box::pin(async move {
            let form = vec![
                ("payment_intent", reference(ask.payment)?.to_owned()),
                ("amount", map::minor(amount)?.to_string()),
                ("metadata[refund_id]", ask.key.to_string()),
                ("metadata[payment_id]", ask.payment.id.to_string()),
            ];
            Ok(map::refund(&read(&self.post("/v1/refunds", ask, &form).send().await?)?)?)
        })
    }

    fn refund_status<'a>(
        &'a self,
        ask: Ask<'a>,
        refund: Option<&'a str>,
        _: Money,
    ) -> Answer<'a, Option<Refund>> {
        Box::pin(async move {
            if let Some(refund) = refund {
                let found = read(&self.get(&format!("/v1/refunds/{refund}")).send().await?)?;
                return Ok(Some(map::refund(&found)?));
            }
            let path = format!("/v1/refunds?payment_intent={}&limit=100", reference(ask.payment)?);
            let list: wire::List<wire::Refund> = read(&self.get(&path).send().await?)?;
            let key = ask.key.to_string();
            let ours = |refund: &&wire::Refund| {
                refund.metadata.as_ref().and_then(|metadata| metadata.get(map::REFUND_ID)) == Some(&key)
            };
            Ok(list.data.iter().find(ours).map(map::refund).transpose()?)
        })
    }

    fn dispute<'a>(&'a self, reference: &'a str) -> Answer<'a, Option<Disputed>> {
        Box::pin(async move {
            let reply = self.get(&format!("/v1/disputes/{reference}")).send().await?;
            if reply.status.as_u16() == 404 {
                return Ok(None);
            }
            Ok(Some(map::dispute(&read(&reply)?)?))
        })
    }

    fn disputes(&self, since: OffsetDateTime) -> Answer<'_, Vec<String>> {
        Box::pin(async move {
            let found = self.listed(&format!("created[gte]={}", since.unix_timestamp())).await?;
            Ok(found.into_iter().map(|dispute| dispute.id).collect())
        })
    }

    fn webhook<'a>(
        &'a self,
        headers: &'a HeaderMap,
        body: &'a [u8],
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Notice, WebhookError>> {
        Box::pin(async move { webhook::verify(&self.webhook_secrets, headers, body, now) })
    }
}
