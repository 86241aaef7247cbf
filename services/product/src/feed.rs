//! What changed, heard by every replica: two tables that only grow are read on from where this replica was.
//!
//! Numbers are given before a transaction commits, so a smaller one can appear after a greater one. Each look therefore
//! begins [`BACK`] numbers before the newest that was seen, and what was seen already is left out.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use sqlx::PgPool;

use crate::{
    cache::Cache,
    store::changes::{self, Change, Position},
};

/// Numbers that are looked at again: more than are given while one transaction lasts.
const BACK: i64 = 2_000;
/// Changes of one look at most.
const BATCH: i64 = 2 * BACK;

/// Where this replica is.
#[derive(Debug, Clone)]
pub struct Feed {
    cache: Cache,
    seen: Arc<Mutex<Option<Seen>>>,
}

#[derive(Debug, Clone, Default)]
struct Seen {
    position: Position,
    /// Those of the numbers that will be looked at again.
    changes: HashSet<Change>,
}

impl Feed {
    /// A feed of this cache.
    pub fn new(cache: Cache) -> Self {
        Self { cache, seen: Arc::default() }
    }

    /// Hears what is new.
    ///
    /// # Errors
    ///
    /// When the store is away.
    pub async fn hear(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let known = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        let mut seen = match known {
            Some(seen) => seen,
            None => Seen { position: changes::newest(pool).await?, changes: HashSet::new() },
        };
        loop {
            let rows = changes::after(pool, back(seen.position), BATCH).await?;
            let full = rows.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX);
            let before = seen.position;
            self.cache.forget(seen.news(rows));
            if !full || seen.position == before {
                break;
            }
        }
        self.cache.heard();
        *self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(seen);
        Ok(())
    }
}

fn back(position: Position) -> Position {
    Position { change: position.change - BACK, movement: position.movement - BACK }
}

impl Seen {
    /// Of these rows, the products of those that were not seen before.
    fn news(&mut self, rows: Vec<Change>) -> Vec<warung_contracts::id::ProductId> {
        let mut products = Vec::new();
        for change in rows {
            let newest = if change.stock { &mut self.position.movement } else { &mut self.position.change };
            *newest = change.number.max(*newest);
            if self.changes.insert(change) {
                products.push(change.product_id);
            }
        }
        let begin = back(self.position);
        self.changes.retain(|c| c.number > if c.stock { begin.movement } else { begin.change });
        products
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use warung_contracts::id::ProductId;

    use super::*;

    #[test]
    fn a_number_that_commits_late_is_heard_and_none_twice() {
        let change = |number: i64| Change { stock: true, number, product_id: ProductId(Uuid::from_u128(7)) };
        let mut seen = Seen::default();
        assert_eq!(seen.news(vec![change(1), change(3)]).len(), 2);
        assert_eq!(seen.news(vec![change(1), change(2), change(3)]).len(), 1);
        assert_eq!(seen.position.movement, 3);
        assert_eq!(seen.news(vec![change(10_000)]).len(), 1);
        assert_eq!(seen.changes.len(), 1, "what is not looked at again is forgotten");
    }
}
