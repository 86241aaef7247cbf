//! Works on webhooks that were stored: asks the provider how the payment stands, and believes that alone.

use std::{num::NonZeroUsize, time::Duration};

use futures::future::BoxFuture;
use warung_chassis::jobs::{Job, Pool, Room};
use warung_contracts::id::PaymentId;

use super::{AGAIN, Shared};
use crate::{
    commands::{differ, settle},
    domain::Payment,
    providers::{self, Lookup, Provider, Snapshot, Trouble},
    store::{
        payments,
        webhooks::{self, Webhook},
    },
};

/// Webhooks of a provider that are worked on at once.
const ROOM: NonZeroUsize = NonZeroUsize::new(16).unwrap();
/// Time for one question; well within the claim.
const DEADLINE: Duration = Duration::from_secs(15);
/// Looks for a payment that a webhook names by the provider's id: its opening may not be recorded yet.
const LOOKS: i32 = 6;

/// Works on them as soon as they are committed.
pub fn job(shared: Shared) -> Job {
    let wake = shared.webhooks.clone();
    Job::pool("webhooks", Duration::from_secs(1), Webhooks(shared)).woken_by(wake)
}

/// Webhooks by provider: one that hangs when it is asked holds up no other.
struct Webhooks(Shared);

impl Pool for Webhooks {
    type Row = Webhook;

    fn lanes(&self) -> &'static [&'static str] {
        &providers::NAMES
    }

    fn room(&self) -> NonZeroUsize {
        ROOM
    }

    fn lane<'a>(&self, webhook: &'a Webhook) -> &'a str {
        &webhook.provider
    }

    fn claim(&self, room: Room) -> BoxFuture<'_, anyhow::Result<Vec<Webhook>>> {
        let db = &self.0.db;
        Box::pin(async move { Ok(webhooks::claim(db.pool(), &room, db.clock().now()).await?) })
    }

    fn work(&self, webhook: Webhook) -> BoxFuture<'_, anyhow::Result<()>> {
        Box::pin(async move {
            let done = one(&self.0, &webhook).await;
            let why = match &done {
                Ok(None) => return Ok(()),
                Ok(Some(trouble)) => trouble.to_string(),
                Err(error) => format!("{error:#}"),
            };
            // What is wrong with it may stay so: it waits longer each time.
            let db = &self.0.db;
            let due_at = db.clock().now() + AGAIN.after(webhook.tries);
            tracing::warn!(event = webhook.event_id, error = why, "a webhook is worked on again");
            webhooks::put_off(db.pool(), &webhook, due_at, &why).await?;
            done.map(drop)
        })
    }
}

/// Does what a webhook tells of; the trouble that the provider had with the question, if it had.
async fn one(shared: &Shared, webhook: &Webhook) -> anyhow::Result<Option<Trouble>> {
    let told = match ask(shared, webhook).await? {
        Ok(told) => told,
        Err(trouble) => return Ok(Some(trouble)),
    };
    let told = told.as_ref().map(|(payment, told)| (payment, told.as_ref()));
    let mut tx = shared.db.begin().await?;
    settle::confirm(&mut tx, &shared.tools, webhook, told).await?;
    tx.commit().await?;
    Ok(None)
}

/// A payment that a webhook speaks of, and what its provider says of it.
type Told = (Payment, Option<Snapshot>);

/// How the payment of a webhook stands at its provider, where there is such a payment, and the provider knows it.
async fn ask(shared: &Shared, webhook: &Webhook) -> anyhow::Result<Result<Option<Told>, Trouble>> {
    let Some(payment) = find(shared, webhook).await? else {
        return Ok(match webhook.reference.is_some() && webhook.tries < LOOKS {
            true => Err(Trouble::no_answer("no payment has this id of the provider's yet")),
            false => Ok(None),
        });
    };
    let Some(provider) = shared.providers.get(&webhook.provider) else {
        return Ok(Err(Trouble::no_answer(differ::not_known(&payment))));
    };
    // Of several requests, the one that it speaks of is asked about, which need not be the one we know.
    let reference = webhook.request().map(str::to_owned).or_else(|| payment.reference.clone());
    let reported = webhook.reported.as_ref().map(|amount| amount.0).or(payment.reported);
    let payment = Payment { reference, reported, ..payment };
    let answer = tokio::time::timeout(DEADLINE, provider.lookup(&payment))
        .await
        .unwrap_or_else(|_| Err(Trouble::no_answer("it took too long")));
    Ok(match answer {
        Ok(Lookup::Known(told)) => {
            contested(provider.as_ref(), webhook, *told).await.map(|told| Some((payment, Some(told))))
        }
        Ok(Lookup::Absent) => Ok(Some((payment, None))),
        // Its opening is not recorded yet, which tells us more.
        Ok(Lookup::Unknown) if webhook.tries < LOOKS => Err(Trouble::no_answer("its id is not known yet")),
        Ok(Lookup::Unknown) => Ok(Some((payment, None))),
        // There is no such thing, and there won't be.
        Err(Trouble::Refused(_)) if webhook.tries >= LOOKS => Ok(Some((payment, None))),
        Err(trouble) => Err(trouble),
    })
}

/// What is told of a payment, with the dispute that the webhook speaks of: the provider is asked about that, too.
async fn contested(
    provider: &dyn Provider,
    webhook: &Webhook,
    mut told: Snapshot,
) -> Result<Snapshot, Trouble> {
    let Some(reference) = &webhook.dispute else { return Ok(told) };
    let answer = tokio::time::timeout(DEADLINE, provider.dispute(reference))
        .await
        .unwrap_or_else(|_| Err(Trouble::no_answer("it took too long")));
    match answer {
        Ok(found) => found.into_iter().for_each(|found| told.disputed(found.told)),
        Err(Trouble::Refused(_)) if webhook.tries >= LOOKS => {}
        Err(trouble) => return Err(trouble),
    }
    Ok(told)
}

async fn find(shared: &Shared, webhook: &Webhook) -> Result<Option<Payment>, sqlx::Error> {
    let mut conn = shared.db.pool().acquire().await?;
    let found = match (webhook.payment_id, &webhook.reference) {
        (Some(id), _) => payments::find_by_id(&mut conn, PaymentId(id)).await?,
        (None, Some(reference)) => {
            payments::find_by_reference(&mut conn, &webhook.provider, reference).await?
        }
        (None, None) => None,
    };
    Ok(found.filter(|payment| payment.provider == webhook.provider))
}
