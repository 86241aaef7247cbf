//! Makes the calls that commands have written down: the first try at once, and again what was left between.
//!
//! ```text
//!  command: attempt row + commit ──> claim ──> call (no transaction is open) ──> settle: answer + effect + commit
//!                                      │ killed anywhere here: the claim runs out, and `recovery` asks the provider
//!                                      └── how the payment stands before it does anything again
//! ```

use std::time::Duration;

use futures::{StreamExt as _, stream};
use warung_chassis::jobs::Job;

use super::{AGAIN, Shared, call};
use crate::{
    commands::{differ, settle},
    domain::{
        Payment,
        difference::{self, Difference},
    },
    providers::{NoAnswer, Trouble},
    store::{
        attempts::{self, Attempt, Which},
        payments,
    },
};

/// Calls taken in one turn, and all under way at once: one that waited for others would outlive its claim, and a provider
/// that is slow would hold up the rest.
const BATCH: usize = 32;
/// Time for one call; well within the claim.
const DEADLINE: Duration = Duration::from_secs(15);
/// Tries without an answer after which a person should look: some eight minutes of backoff.
const TRIES_QUIET: i32 = 9;

/// Makes new calls as soon as they are committed.
pub fn job(shared: Shared) -> Job {
    let wake = shared.tools.calls.clone();
    Job::every("calls", Duration::from_millis(500), move || {
        let shared = shared.clone();
        Box::pin(async move { turn(&shared, Which::New).await })
    })
    .woken_by(wake)
}

/// Makes calls again whose answer was lost or that failed.
pub fn recovery(shared: Shared) -> Job {
    Job::every("recovery", Duration::from_secs(1), move || {
        let shared = shared.clone();
        Box::pin(async move { turn(&shared, Which::LeftBetween).await })
    })
}

async fn turn(shared: &Shared, which: Which) -> anyhow::Result<u64> {
    let db = &shared.db;
    let claimed = attempts::claim(db.pool(), which, i64::try_from(BATCH)?, db.clock().now()).await?;
    let count = u64::try_from(claimed.len())?;
    let results: Vec<anyhow::Result<()>> =
        stream::iter(claimed).map(|attempt| one(shared, attempt)).buffer_unordered(BATCH).collect().await;
    results.into_iter().collect::<anyhow::Result<Vec<()>>>()?;
    Ok(count)
}

async fn one(shared: &Shared, attempt: Attempt) -> anyhow::Result<()> {
    let db = &shared.db;
    let payment = {
        let mut conn = db.pool().acquire().await?;
        payments::get(&mut conn, attempt.payment_id).await?
    };
    let called = match shared.providers.get(&payment.provider) {
        Some(provider) => {
            let calling = call::make(provider.as_ref(), &attempt, &payment, db.clock().now());
            tokio::time::timeout(DEADLINE, calling)
                .await
                .unwrap_or_else(|_| Err(Trouble::no_answer("it took too long")))
        }
        None => Err(Trouble::no_answer(format!("{} is not switched on any more", payment.provider))),
    };
    match called {
        Ok(call::Made::Settled(outcome)) => {
            let mut tx = db.begin().await?;
            settle::answer(&mut tx, &shared.tools, &attempt, *outcome).await?;
            Ok(tx.commit().await?)
        }
        Ok(call::Made::OnItsWay(reference)) => {
            let due_at = db.clock().now() + AGAIN.after(attempt.tries);
            Ok(attempts::on_its_way(db.pool(), attempt.id, reference.as_deref(), due_at).await?)
        }
        Err(trouble) => put_off(shared, &attempt, &payment, &trouble).await,
    }
}

/// Makes a call again later, and tells a person when it goes on for long or only a person can mend it.
async fn put_off(
    shared: &Shared,
    attempt: &Attempt,
    payment: &Payment,
    trouble: &Trouble,
) -> anyhow::Result<()> {
    let db = &shared.db;
    let after = match trouble {
        Trouble::NoAnswer(NoAnswer { after: Some(after), .. }) => *after,
        _ => Duration::ZERO,
    };
    let due_at = db.clock().now() + AGAIN.after(attempt.tries).max(after);
    let tries = attempt.tries;
    tracing::warn!(payment = %payment.id, provider = payment.provider, tries, error = %trouble, "a call to a provider is made again");
    shared.tools.metrics.troubled(&payment.provider, trouble);
    attempts::put_off(db.pool(), attempt.id, due_at, &trouble.to_string()).await?;
    if tries == TRIES_QUIET || (tries == 1 && matches!(trouble, Trouble::Permanent(_))) {
        let detail = format!("{} of {}, {tries} tries: {trouble}", attempt.kind.as_str(), payment.amount);
        let mut tx = db.begin().await?;
        let difference = Difference::new(difference::CALL_UNANSWERED, detail);
        differ::note(&mut tx, &shared.tools, payment, &difference).await?;
        tx.commit().await?;
    }
    Ok(())
}
