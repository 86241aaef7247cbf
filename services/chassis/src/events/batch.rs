//! Several events in one transaction: one commit, one statement for all their inbox rows and one for all their outbox rows.
//!
//! An event that fails takes the transaction with it. Then each is handled in one of its own, so that it fails alone.

use tracing::{Instrument as _, Span};

use super::{
    Delivery, EventError,
    handler::{Effect, InTx},
    inbox,
};
use crate::db::{Db, Tx};

/// Events of one transaction at most: enough to make commits cheap, few enough to hold no lock for long.
pub(super) const SIZE: usize = 32;

/// An event with its handler.
pub(super) struct Work<'w> {
    pub delivery: &'w Delivery,
    pub handle: &'w InTx,
    pub span: Span,
}

/// Handles these, together if they can be.
pub(super) async fn run(db: &Db, batch: &[Work<'_>]) -> Vec<Result<Effect, EventError>> {
    if batch.len() > 1 {
        match together(db, batch).await {
            Ok(effects) => return effects.into_iter().map(Ok).collect(),
            Err(error) => tracing::debug!(%error, events = batch.len(), "now each of these on its own"),
        }
    }
    let mut results = Vec::with_capacity(batch.len());
    let mut is_away = false;
    for work in batch {
        // Each would wait for the store as long as the first did.
        let result = if is_away {
            Err(EventError::Unavailable(anyhow::anyhow!("it was away for the event before")))
        } else {
            alone(db, work).await
        };
        is_away |= matches!(result, Err(EventError::Unavailable(_)));
        results.push(result);
    }
    results
}

/// Handles one event.
pub(super) async fn alone(db: &Db, work: &Work<'_>) -> Result<Effect, EventError> {
    let effects = together(db, std::slice::from_ref(work)).await?;
    Ok(effects.first().copied().unwrap_or(Effect::Duplicate))
}

async fn together(db: &Db, batch: &[Work<'_>]) -> Result<Vec<Effect>, EventError> {
    let mut tx = db.begin().await?;
    match handle(&mut tx, batch).await {
        Ok(effects) => {
            tx.commit().await?;
            Ok(effects)
        }
        Err(error) => {
            // Whoever comes next must not wait for what this one held. Without the store there is nothing to undo.
            let _ = tx.rollback().await;
            Err(error)
        }
    }
}

async fn handle(tx: &mut Tx, batch: &[Work<'_>]) -> Result<Vec<Effect>, EventError> {
    let now = tx.now();
    let mut new = inbox::insert(tx.conn(), batch.iter().map(|work| work.delivery), now).await?;
    let mut effects = Vec::with_capacity(batch.len());
    for Work { delivery, handle, span } in batch {
        // The same event may be in a batch twice.
        if !new.remove(&delivery.id) {
            effects.push(Effect::Duplicate);
            continue;
        }
        tx.set_cause(delivery.id);
        handle(tx, delivery).instrument(span.clone()).await?;
        effects.push(Effect::Done);
    }
    Ok(effects)
}
