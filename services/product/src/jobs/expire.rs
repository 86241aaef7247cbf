//! Gives items back that were held for too long. The order's own deadline comes first; this is for orders that were lost.

use std::time::Duration;

use tracing::Span;
use warung_chassis::{
    events::Heard,
    jobs::{Job, all_due},
};
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

/// All that are overdue.
async fn sweep(app: App) -> anyhow::Result<u64> {
    let now = app.db.clock().now();
    let page = |after| reservations::overdue(app.db.pool(), now, after, BATCH);
    all_due(page, |order_id| expire(&app, order_id)).await
}

/// One, in a transaction of its own: a reservation that is confirmed at this moment waits for nobody else's.
async fn expire(app: &App, order_id: OrderId) -> anyhow::Result<bool> {
    let mut tx = app.db.begin().await?;
    reservations::lock(tx.conn(), [order_id]).await?;
    // Money may have been set aside for it since it was looked up, and then its goods are held as long.
    let now = tx.now();
    if !reservations::is_overdue(tx.conn(), order_id, now).await? {
        return Ok(false);
    }
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
