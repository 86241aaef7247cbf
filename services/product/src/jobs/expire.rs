//! Gives items back that were held for too long. The order's own deadline comes first; this is for orders that were lost.

use std::time::Duration;

use tracing::Span;
use warung_chassis::{events::Heard, jobs::Job};
use warung_contracts::id::OrderId;

use crate::{
    api::App,
    commands::follow_order::{self, Told},
    domain::reservation::Fact,
    store::reservations,
};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(15);
/// Reservations that are looked up at once.
const BATCH: i64 = 100;

/// The job.
pub fn job(app: App) -> Job {
    Job::every("expire_reservations", EVERY, move || Box::pin(sweep(app.clone())))
}

/// All that are overdue, batch by batch: one that can't be expired holds up no other.
async fn sweep(app: App) -> anyhow::Result<u64> {
    let (now, mut last) = (app.db.clock().now(), None);
    let (mut moved, mut failed) = (0, Failed::default());
    loop {
        let overdue = reservations::overdue(app.db.pool(), now, last, BATCH).await?;
        let Some(end) = overdue.last() else { break };
        last = Some(*end);
        for (_, order_id) in overdue {
            match expire(&app, order_id).await {
                Ok(expired) => moved += u64::from(expired),
                Err(error) if is_unreachable(&error) => return Err(error),
                Err(error) => failed.note(order_id, error),
            }
        }
    }
    failed.end(moved)
}

/// One, in a transaction of its own: a reservation that is confirmed at this moment waits for nobody else's.
async fn expire(app: &App, order_id: OrderId) -> anyhow::Result<bool> {
    let mut tx = app.db.begin().await?;
    let told = Heard { id: tx.new_uuid(), event: Told::Fact(order_id, Fact::TimeUp), span: Span::current() };
    let outcome = follow_order::run(&mut tx, &[told], app.config.reservation_ttl).await?;
    let expired = !outcome.moved.is_empty();
    app.note(&mut tx, outcome);
    tx.commit().await?;
    if expired {
        tracing::warn!(%order_id, "a reservation expired; its items are free again");
    }
    Ok(expired)
}

/// Whether nothing came back from the database: the others would wait for it in vain.
fn is_unreachable(error: &anyhow::Error) -> bool {
    use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Tls, WorkerCrashed};
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<sqlx::Error>());
    causes.any(|cause| matches!(cause, Io(_) | Tls(_) | PoolTimedOut | PoolClosed | WorkerCrashed))
}

/// Those of a turn that could not be expired.
#[derive(Debug, Default)]
struct Failed {
    count: u64,
    first: Option<(OrderId, anyhow::Error)>,
}

impl Failed {
    fn note(&mut self, order_id: OrderId, error: anyhow::Error) {
        let text = format!("{error:#}");
        tracing::error!(%order_id, error = text, "a reservation can't be expired; its items stay set aside until it is mended");
        self.count += 1;
        self.first.get_or_insert((order_id, error));
    }

    /// What the turn came to.
    fn end(self, moved: u64) -> anyhow::Result<u64> {
        let Some((id, error)) = self.first else { return Ok(moved) };
        let text = format!(
            "{} reservations can't be expired, the first of them order {id}'s; {moved} were",
            self.count
        );
        Err(error.context(text))
    }
}
