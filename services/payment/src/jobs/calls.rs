//! Makes the calls that commands have written down: the first try at once, and again what was left between.
//!
//! ```text
//!  command: attempt row + commit ──> claim ──> call (no transaction is open) ──> settle: answer + effect + commit
//!                                      │ killed anywhere here: the claim runs out, and `recovery` asks the provider
//!                                      └── how the payment stands before it does anything again
//! ```

use std::{num::NonZeroUsize, time::Duration};

use futures::future::BoxFuture;
use warung_chassis::{
    db::Tx,
    jobs::{Job, Pool, Room},
};

use super::{
    AGAIN, Shared,
    call::{Call, Made},
};
use crate::{
    commands::{Tools, differ, settle},
    domain::{
        Payment,
        difference::{self, Difference},
    },
    providers::{self, NoAnswer, Trouble},
    store::{
        attempts::{self, Attempt, Which},
        payments,
    },
};

/// Calls to a provider that are under way at once, of each job.
const ROOM: NonZeroUsize = NonZeroUsize::new(32).unwrap();
/// Time for one call; well within the claim.
const DEADLINE: Duration = Duration::from_secs(15);
/// Turns without an answer after which a person should look: some eight minutes of backoff.
const TURNS_QUIET: i32 = 9;

/// Makes new calls as soon as they are committed.
pub fn job(shared: Shared) -> Job {
    let wake = shared.tools.calls.clone();
    Job::pool("calls", Duration::from_millis(500), Calls { shared, which: Which::New }).woken_by(wake)
}

/// Makes calls again whose answer was lost or that failed.
pub fn recovery(shared: Shared) -> Job {
    Job::pool("recovery", Duration::from_secs(1), Calls { shared, which: Which::LeftBetween })
}

/// Calls by provider: one that hangs holds up no other.
struct Calls {
    shared: Shared,
    which: Which,
}

impl Pool for Calls {
    type Row = Attempt;

    fn lanes(&self) -> &'static [&'static str] {
        &providers::NAMES
    }

    fn room(&self) -> NonZeroUsize {
        ROOM
    }

    fn lane<'a>(&self, attempt: &'a Attempt) -> &'a str {
        &attempt.provider
    }

    fn claim(&self, room: Room) -> BoxFuture<'_, anyhow::Result<Vec<Attempt>>> {
        let db = &self.shared.db;
        Box::pin(async move { Ok(attempts::claim(db.pool(), self.which, &room, db.clock().now()).await?) })
    }

    fn work(&self, attempt: Attempt) -> BoxFuture<'_, anyhow::Result<()>> {
        Box::pin(one(&self.shared, attempt))
    }
}

async fn one(shared: &Shared, attempt: Attempt) -> anyhow::Result<()> {
    let db = &shared.db;
    let payment = {
        let mut conn = db.pool().acquire().await?;
        payments::get(&mut conn, attempt.payment_id).await?
    };
    let called = match shared.providers.get(&payment.provider) {
        Some(provider) => {
            let (provider, pool, now) = (provider.as_ref(), db.pool(), db.clock().now());
            let call = Call { provider, attempt: &attempt, payment: &payment, pool, now };
            tokio::time::timeout(DEADLINE, call.make())
                .await
                .unwrap_or_else(|_| Err(Trouble::no_answer("it took too long")))
        }
        None => Err(Trouble::no_answer(differ::not_known(&payment))),
    };
    let mut tx = db.begin().await?;
    match called {
        Ok(Made::Settled(outcome)) => {
            settle::answer(&mut tx, &shared.tools, (&attempt, &payment), *outcome).await?;
        }
        Ok(Made::OnItsWay(reference)) => {
            let due_at = tx.now() + AGAIN.after(attempt.turns);
            settle::on_its_way(&mut tx, &attempt, reference.as_deref(), due_at).await?;
        }
        Ok(Made::InReview(told)) => {
            let due_at = tx.now() + AGAIN.after(attempt.turns);
            settle::in_review(&mut tx, &shared.tools, (&attempt, &payment), &told, due_at).await?;
        }
        Err(trouble) => put_off(&mut tx, &shared.tools, (&attempt, &payment), &trouble).await?,
    }
    Ok(tx.commit().await?)
}

/// Makes a call again later, and tells a person when it goes on for long or only a person can mend it.
async fn put_off(
    tx: &mut Tx,
    tools: &Tools,
    (attempt, payment): (&Attempt, &Payment),
    trouble: &Trouble,
) -> Result<(), sqlx::Error> {
    let after = match trouble {
        Trouble::NoAnswer(NoAnswer { after: Some(after), .. }) => *after,
        _ => Duration::ZERO,
    };
    let turns = attempt.turns;
    let due_at = tx.now() + AGAIN.after(turns).max(after);
    tracing::warn!(payment = %payment.id, provider = payment.provider, turns, error = %trouble, "a call to a provider is made again");
    tools.metrics.troubled(&payment.provider, trouble);
    let waits = attempts::put_off(tx.conn(), attempt.id, due_at, &trouble.to_string()).await?;
    if waits && (turns >= TURNS_QUIET || matches!(trouble, Trouble::Permanent(_))) {
        let detail =
            format!("{} of {}, taken up {turns} times: {trouble}", attempt.kind.as_str(), payment.amount);
        let difference = Difference::new(difference::CALL_UNANSWERED, detail);
        differ::note(tx, tools, payment, &difference).await?;
    }
    Ok(())
}
