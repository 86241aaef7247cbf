//! Several events in one transaction: one commit, one statement for all their inbox rows and one for all their outbox rows.
//!
//! An event that fails takes the transaction with it. Then each is handled in one of its own, so that it fails alone.

use tracing::{Instrument as _, Span};

use super::{
    Delivery, EventError,
    group::Together,
    handler::{Effect, InTx},
    inbox,
};
use crate::db::{Db, Tx};

/// Events of one transaction, but for those of the last aggregate: enough to make commits cheap, few enough to hold no
/// lock for long.
const SIZE_MIN: usize = 8;
const SIZE_MAX: usize = 32;
/// Transactions at once: while one waits for PostgreSQL, another is worked on here.
pub(super) const AT_ONCE: usize = 4;

/// An event with its handler.
pub(super) struct Work<'w> {
    pub delivery: &'w Delivery,
    pub how: How<'w>,
    pub span: Span,
}

/// How an event is handled.
#[derive(Clone, Copy)]
pub(super) enum How<'w> {
    One(&'w InTx),
    Together(&'w Together),
}

impl How<'_> {
    /// Whether one call handles both.
    fn joins(self, other: Self) -> bool {
        matches!((self, other), (Self::Together(one), Self::Together(other)) if one.is(other))
    }
}

/// Events, sorted by aggregate, as the transactions they are handled in: no aggregate is in two.
pub(super) fn parts<'n, 'a>(sorted: &'n [usize], aggregate: impl Fn(usize) -> &'a str) -> Vec<&'n [usize]> {
    let size = sorted.len().div_ceil(AT_ONCE).clamp(SIZE_MIN, SIZE_MAX);
    let (mut parts, mut rest) = (Vec::new(), sorted);
    while let Some(last) = rest.get(size - 1) {
        let more = rest[size..].iter().take_while(|next| aggregate(**next) == aggregate(*last)).count();
        let (part, after) = rest.split_at(size + more);
        parts.push(part);
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts
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
    // The same event may be in a batch twice.
    let effect =
        |work: &Work<'_>| if new.remove(&work.delivery.id) { Effect::Done } else { Effect::Duplicate };
    let effects: Vec<Effect> = batch.iter().map(effect).collect();
    let fresh = batch.iter().zip(&effects).filter(|(_, effect)| **effect == Effect::Done);
    let fresh: Vec<&Work<'_>> = fresh.map(|(work, _)| work).collect();
    for run in fresh.chunk_by(|one, other| one.how.joins(other.how)) {
        for_run(tx, run).await?;
    }
    Ok(effects)
}

/// One event, or several of a group.
async fn for_run(tx: &mut Tx, run: &[&Work<'_>]) -> Result<(), EventError> {
    let Some(Work { delivery, how, span }) = run.first().copied() else { return Ok(()) };
    match how {
        How::One(handle) => {
            tx.set_cause(delivery.id);
            handle(tx, delivery).instrument(span.clone()).await
        }
        How::Together(group) => group.handle(tx, run).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(aggregates: &[&str]) -> Vec<usize> {
        let sorted: Vec<usize> = (0..aggregates.len()).collect();
        parts(&sorted, |n| aggregates[n]).into_iter().map(<[usize]>::len).collect()
    }

    #[test]
    fn few_events_are_one_transaction_and_many_are_several() {
        let names: Vec<String> = (0..200).map(|n| format!("{n:03}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(sizes(&[]), [0; 0]);
        assert_eq!(sizes(&names[..8]), [8]);
        assert_eq!(sizes(&names[..20]), [8, 8, 4]);
        assert_eq!(sizes(&names[..64]), [16; 4]);
        assert_eq!(sizes(&names), [32, 32, 32, 32, 32, 32, 8]);
    }

    #[test]
    fn no_aggregate_is_in_two_transactions() {
        let aggregates: Vec<&str> = ["a"; 5].into_iter().chain(["b"; 20]).chain(["c"; 9]).collect();
        assert_eq!(sizes(&aggregates), [25, 9]);
    }
}
