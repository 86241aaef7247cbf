//! Works on webhooks that were stored: asks the provider how the payment stands, and believes that alone.

use std::time::Duration;

use warung_chassis::jobs::Job;
use warung_contracts::id::PaymentId;

use super::{Shared, backoff};
use crate::{
    commands::settle,
    domain::Said,
    providers::NoAnswer,
    store::{payments, webhooks},
};

/// Webhooks taken in one turn.
const BATCH: i64 = 16;
/// Time for one question.
const DEADLINE: Duration = Duration::from_secs(15);

/// Works on them as soon as they are committed.
pub fn job(shared: Shared) -> Job {
    let wake = shared.webhooks.clone();
    Job::every("webhooks", Duration::from_secs(1), move || {
        let shared = shared.clone();
        Box::pin(async move { turn(&shared).await })
    })
    .woken_by(wake)
}

async fn turn(shared: &Shared) -> anyhow::Result<u64> {
    let db = &shared.db;
    let claimed = webhooks::claim(db.pool(), BATCH, db.clock().now()).await?;
    let count = u64::try_from(claimed.len())?;
    for webhook in claimed {
        match ask(shared, &webhook).await? {
            Ok(said) => {
                let mut tx = db.begin().await?;
                settle::confirm(&mut tx, &shared.tools, &webhook, said).await?;
                tx.commit().await?;
            }
            Err(error) => {
                let due_at = db.clock().now() + backoff(webhook.tries);
                tracing::warn!(event = webhook.event_id, %error, "a webhook is worked on again");
                webhooks::put_off(db.pool(), &webhook, due_at, &error.to_string()).await?;
            }
        }
    }
    Ok(count)
}

/// How the payment of a webhook stands at its provider; none when there is no such payment.
async fn ask(shared: &Shared, webhook: &webhooks::Webhook) -> anyhow::Result<Result<Option<Said>, NoAnswer>> {
    let payment = {
        let mut conn = shared.db.pool().acquire().await?;
        payments::find_by_id(&mut conn, PaymentId(webhook.payment_id)).await?
    };
    let Some(payment) = payment.filter(|payment| payment.provider == webhook.provider) else {
        return Ok(Ok(None));
    };
    let Some(provider) = shared.providers.get(&webhook.provider) else {
        return Ok(Err(NoAnswer(format!("{} is not switched on any more", webhook.provider))));
    };
    Ok(tokio::time::timeout(DEADLINE, provider.lookup(&payment))
        .await
        .unwrap_or_else(|_| Err(NoAnswer("it took too long".to_owned()))))
}
