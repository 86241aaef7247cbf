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
use warung_contracts::money::Money;

use super::{Shared, backoff};
use crate::{
    commands::settle,
    domain::{Payment, Said, State},
    providers::{NoAnswer, Provider},
    store::{
        attempts::{self, Attempt, Kind, Which},
        payments,
    },
};

/// Calls taken in one turn.
const BATCH: i64 = 32;
/// Calls under way at once.
const IN_FLIGHT: usize = 8;
/// Time for one call; well within the claim.
const DEADLINE: Duration = Duration::from_secs(15);

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
    let claimed = attempts::claim(db.pool(), which, BATCH, db.clock().now()).await?;
    let count = u64::try_from(claimed.len())?;
    let results: Vec<anyhow::Result<()>> =
        stream::iter(claimed).map(|attempt| one(shared, attempt)).buffer_unordered(IN_FLIGHT).collect().await;
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
        Some(provider) => tokio::time::timeout(DEADLINE, call(provider.as_ref(), &attempt, &payment))
            .await
            .unwrap_or_else(|_| Err(NoAnswer("it took too long".to_owned()))),
        None => Err(NoAnswer(format!("{} is not switched on any more", payment.provider))),
    };
    match called {
        Ok(said) => {
            let mut tx = db.begin().await?;
            settle::answer(&mut tx, &shared.tools, &attempt, said).await?;
            tx.commit().await?;
        }
        Err(error) => {
            let due_at = db.clock().now() + backoff(attempt.tries);
            tracing::warn!(payment = %payment.id, tries = attempt.tries, %error, "a call to a provider is made again");
            attempts::put_off(db.pool(), attempt.id, due_at, &error.to_string()).await?;
        }
    }
    Ok(())
}

/// Makes one call. When it is not the first try, an answer may have been lost: the provider is asked first.
async fn call(
    provider: &dyn Provider,
    attempt: &Attempt,
    payment: &Payment,
) -> Result<Option<Said>, NoAnswer> {
    let again = attempt.tries > 1;
    match attempt.kind {
        Kind::Open => {
            let known = if again { provider.lookup(payment).await? } else { None };
            match known {
                Some(said) => Ok(Some(said)),
                // Its order ended before the provider heard of it: it is never opened.
                None if payment.standing.closing.is_some() => Ok(Some(Said::Voided)),
                None if payment.standing.state != State::Opening => Ok(None),
                None => provider.open(attempt.id, payment).await.map(Some),
            }
        }
        Kind::Void => match provider.void(attempt.id, payment).await? {
            Said::Pending(_) => Err(NoAnswer("it is still pending after it was called off".to_owned())),
            said => Ok(Some(said)),
        },
        Kind::Refund(amount) => {
            provider.refund(attempt.id, payment, Money::new(amount, payment.amount.currency)).await?;
            Ok(None)
        }
    }
}
