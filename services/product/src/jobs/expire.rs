//! Gives items back that were held for too long. The order's own deadline comes first; this is for orders that were lost.

use std::time::Duration;

use tracing::Span;
use warung_chassis::{events::Heard, jobs::Job};

use crate::{
    api::App,
    commands::follow_order::{self, Told},
    domain::reservation::Fact,
    store::reservations,
};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(15);
/// Reservations of one turn.
const BATCH: i64 = 100;

/// The job.
pub fn job(app: App) -> Job {
    Job::every("expire_reservations", EVERY, move || Box::pin(sweep(app.clone())))
}

async fn sweep(app: App) -> anyhow::Result<u64> {
    let overdue = reservations::overdue(app.db.pool(), app.db.clock().now(), BATCH).await?;
    let mut moved = 0;
    for order_id in overdue {
        // One transaction each: a reservation that is confirmed at this moment waits for nobody else's.
        let mut tx = app.db.begin().await?;
        let told =
            Heard { id: tx.new_uuid(), event: Told::Fact(order_id, Fact::TimeUp), span: Span::current() };
        let outcome = follow_order::run(&mut tx, &[told], app.config.reservation_ttl).await?;
        let expired = !outcome.moved.is_empty();
        app.note(&mut tx, outcome);
        tx.commit().await?;
        if expired {
            tracing::warn!(%order_id, "a reservation expired; its items are free again");
            moved += 1;
        }
    }
    Ok(moved)
}
